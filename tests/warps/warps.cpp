/*
 * warps.cpp: counts what kernels ask of a GPU: a plugin of the interpreter Oclgrind.
 *
 * A warp is 32 work-items with consecutive local ids.  The n-th time that each of them executes an
 * instruction is taken for the same time: that is exact where the lanes of a warp take equally many
 * turns of each loop around it, or leave it for good.
 *
 *	global memory	a request of a warp touches sectors of 32 bytes and lines of 128
 *	local memory	32 banks of 4 bytes; a request takes as many wavefronts as the
 *			most words that it wants of one bank.  The lanes of a request go
 *			together, those of 8 bytes half a warp at a time, those of 16 a quarter
 *	ideal		the sectors, or wavefronts, that as many distinct bytes take at least
 *	executed	LLVM's instructions; a warp takes one as often as the lane that
 *			takes it most
 *
 * A load of global memory comes from DRAM if no work-group has read or written a sector of it
 * before, from L2 if only others have, or if it was written since, and else from L1.
 *
 * Writes to the file WARPS_OUT, all as sums over the work-groups that ran, lines of
 *
 *	launch	KERNEL GLOBAL LOCAL TIMES
 *	kernel	KERNEL GROUPS WARPS EXECUTED LANES DRAM_SECTORS L2_SECTORS
 *	access	KERNEL KIND FILE:LINE REQUESTS LANES LANE_BYTES UNITS IDEAL LINES DRAM L2
 *	float	KERNEL fma|add|mul FILE:LINE EXECUTED
 *
 * LANES and LANE_BYTES are of all lanes together, DRAM and L2 the requests that come from there.
 *
 * Build with -fno-rtti, as the library is, and run with --num-threads 1 and --build-options -O3.
 */
#include "Context.h"
#include "Kernel.h"
#include "KernelInvocation.h"
#include "Memory.h"
#include "Plugin.h"
#include "WorkGroup.h"
#include "WorkItem.h"

#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Support/CommandLine.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <vector>

using namespace oclgrind;

namespace
{

constexpr size_t WARP = 32, WORD = 4, BANKS = 32, SECTOR = 32, LINE = 128;

/* ---- one request of a warp ---- */

struct Request {
	std::array<size_t, WARP> address{};
	std::array<unsigned, WARP> size{}; /* 0: the lane is idle */
	size_t time = 0; /* instructions that a lane has taken before, the most of them */
};

/* Calls f(lane, word) for each word of 4 bytes that lanes [from, to) touch. */
template <class F> void each_word(const Request &r, size_t from, size_t to, F f)
{
	for (size_t i = from; i < to; i++)
		if (r.size[i])
			for (size_t w = r.address[i] / WORD;
				w <= (r.address[i] + r.size[i] - 1) / WORD; w++)
				f(i, w);
}

std::set<size_t> words_of(const Request &r)
{
	std::set<size_t> words;

	each_word(r, 0, WARP, [&](size_t, size_t w) { words.insert(w); });
	return words;
}

size_t distinct(const std::set<size_t> &words, size_t bytes)
{
	std::set<size_t> pieces;

	for (size_t w : words)
		pieces.insert(w * WORD / bytes);
	return pieces.size();
}

/* Lanes of a local request that go together, by the bytes of a lane. */
size_t lanes_together(const Request &r)
{
	const unsigned bytes = *std::max_element(r.size.begin(), r.size.end());

	return bytes <= 4 ? WARP : bytes <= 8 ? WARP / 2 : WARP / 4;
}

size_t wavefronts(const Request &r)
{
	const size_t together = lanes_together(r);
	size_t sum = 0;

	for (size_t from = 0; from < WARP; from += together) {
		std::map<size_t, std::set<size_t>> banks;
		size_t most = 0;

		each_word(r, from, from + together, [&](size_t, size_t w) {
			banks[w % BANKS].insert(w);
			most = std::max(most, banks[w % BANKS].size());
		});
		sum += most;
	}
	return sum;
}

/* ---- counts ---- */

/* The furthest memory that a request goes to. */
enum Level { L1, L2, DRAM };

struct Access {
	uint64_t requests = 0, lanes = 0, bytes = 0, units = 0, ideal = 0, lines = 0, dram = 0,
		 l2 = 0;

	void add(const Request &r, bool global, Level from)
	{
		const std::set<size_t> words = words_of(r);

		requests++;
		lanes += WARP - std::count(r.size.begin(), r.size.end(), 0u);
		bytes += std::accumulate(r.size.begin(), r.size.end(), 0u);
		units += global ? distinct(words, SECTOR) : wavefronts(r);
		ideal += (words.size() * WORD + (global ? SECTOR : BANKS * WORD) - 1) /
			 (global ? SECTOR : BANKS * WORD);
		lines += global ? distinct(words, LINE) : 0;
		dram += from == DRAM;
		l2 += from == L2;
	}
};

struct Launched {
	uint64_t groups = 0, warps = 0, executed = 0, lanes = 0, dram_sectors = 0, l2_sectors = 0;
};

enum Kind { GLOBAL_LOAD, GLOBAL_STORE, LOCAL_LOAD, LOCAL_STORE };
const char *const KINDS[] = {"global-load", "global-store", "local-load", "local-store"};

/* What an instruction of the kernel has done in the work-group that runs. */
struct Site {
	std::string where;
	std::string operation;
	unsigned width = 1;
	std::vector<uint32_t> executed; /* by each work-item */
	Kind kind = GLOBAL_LOAD;
	std::vector<uint32_t> accesses; /* by each work-item */
	std::vector<std::vector<Request>> warps;
};

/* "gpu_strip.cl:72": where the source has the instruction, the innermost function of inlined ones.
 */
std::string where_of(const llvm::Instruction *instruction)
{
	const llvm::DebugLoc &at = instruction->getDebugLoc();

	if (!at)
		return "?";
	const std::string file = llvm::cast<llvm::DIScope>(at.getScope())->getFilename().str();

	return file.substr(file.rfind('/') + 1) + ":" + std::to_string(at.getLine());
}

/* ---- arithmetic ---- */

/* "fma", "add" or "mul", if the instruction is one of floats, which every compiler leaves as it is;
 * else "". */
std::string operation_of(const llvm::Instruction *instruction)
{
	if (!instruction->getType()->isFPOrFPVectorTy())
		return "";
	switch (instruction->getOpcode()) {
	case llvm::Instruction::FAdd:
	case llvm::Instruction::FSub:
		return "add";
	case llvm::Instruction::FMul:
		return "mul";
	case llvm::Instruction::Call: {
		const auto *callee = llvm::cast<llvm::CallInst>(instruction)->getCalledFunction();

		return callee && callee->getName().contains("fma") ? "fma" : "";
	}
	default:
		return "";
	}
}

unsigned lanes_of(const llvm::Type *type)
{
	const auto *vector = llvm::dyn_cast<llvm::FixedVectorType>(type);

	return vector ? vector->getNumElements() : 1;
}

/* ---- the plugin ---- */

class Warps : public Plugin
{
	std::string kernel;
	size_t local = 0;
	std::unordered_map<const llvm::Instruction *, Site> sites; /* of the work-group */
	std::vector<size_t> clocks;       /* instructions that each of its work-items has taken */
	std::unordered_set<size_t> near;  /* sectors in its L1 */
	std::unordered_set<size_t> known; /* sectors in L2 */
	std::map<std::tuple<std::string, size_t, size_t>, uint64_t> launches;
	std::map<std::string, Launched> kernels;
	std::map<std::tuple<std::string, Kind, std::string>, Access> accesses;
	std::map<std::tuple<std::string, std::string, std::string>, uint64_t> floats;

	Site &site_of(const llvm::Instruction *instruction)
	{
		Site &s = sites[instruction];

		if (s.executed.empty()) {
			s.where = where_of(instruction);
			s.operation = operation_of(instruction);
			s.width = lanes_of(instruction->getType());
			s.executed.assign(local, 0);
			s.accesses.assign(local, 0);
			s.warps.resize((local + WARP - 1) / WARP);
		}
		return s;
	}

	void note(
		const Memory *memory, const WorkItem *item, size_t address, size_t size, bool store)
	{
		const unsigned space = memory->getAddressSpace();
		const size_t id = item->getLocalID().x;

		if (space != AddrSpaceGlobal && space != AddrSpaceLocal)
			return;
		Site &s = site_of(item->getCurrentInstruction());
		std::vector<Request> &requests = s.warps[id / WARP];
		const uint32_t turn = s.accesses[id]++;

		s.kind = space == AddrSpaceGlobal ? (store ? GLOBAL_STORE : GLOBAL_LOAD)
						  : (store ? LOCAL_STORE : LOCAL_LOAD);
		if (requests.size() <= turn)
			requests.resize(turn + 1);
		Request &r = requests[turn];

		r.address[id % WARP] = address;
		r.size[id % WARP] = (unsigned)size;
		r.time = std::max(r.time, clocks[id]);
	}

	Level fetch_sector(size_t sector, bool store)
	{
		Launched &sum = kernels[kernel];

		if (store) {
			near.erase(sector);
			known.insert(sector);
			return L1;
		}
		if (!near.insert(sector).second)
			return L1;
		sum.l2_sectors++;
		if (!known.insert(sector).second)
			return L2;
		sum.dram_sectors++;
		return DRAM;
	}

	Level fetch(const Request &r, bool store)
	{
		Level furthest = L1;

		each_word(r, 0, WARP, [&](size_t, size_t w) {
			furthest = std::max(furthest, fetch_sector(w * WORD / SECTOR, store));
		});
		return furthest;
	}

	/* Adds the requests of the work-group in the order of time: its work-items ran one after
	 * another. */
	void add_requests()
	{
		std::vector<std::pair<const Site *, const Request *>> all;

		for (const auto &entry : sites)
			for (const std::vector<Request> &requests : entry.second.warps)
				for (const Request &r : requests)
					all.push_back({&entry.second, &r});
		std::sort(all.begin(), all.end(),
			[](auto &a, auto &b) { return a.second->time < b.second->time; });
		for (const auto &[site, r] : all) {
			const bool global = site->kind <= GLOBAL_STORE;

			accesses[{kernel, site->kind, site->where}].add(
				*r, global, global ? fetch(*r, site->kind == GLOBAL_STORE) : L1);
		}
	}

	void add_executed(const Site &s, Launched &sum)
	{
		for (size_t from = 0; from < local; from += WARP) {
			const auto begin = s.executed.begin() + (long)from;
			const auto end = begin + (long)std::min(WARP, local - from);
			const uint64_t times = *std::max_element(begin, end);

			sum.executed += times;
			sum.lanes += std::accumulate(begin, end, (uint64_t)0);
			if (!s.operation.empty())
				floats[{kernel, s.operation, s.where}] += s.width * times;
		}
	}

	void print(FILE *out) const
	{
		for (const auto &[key, times] : launches)
			fprintf(out, "launch %s %zu %zu %lu\n", std::get<0>(key).c_str(),
				std::get<1>(key), std::get<2>(key), times);
		for (const auto &[name, k] : kernels)
			fprintf(out, "kernel %s %lu %lu %lu %lu %lu %lu\n", name.c_str(), k.groups,
				k.warps, k.executed, k.lanes, k.dram_sectors, k.l2_sectors);
		for (const auto &[key, a] : accesses)
			fprintf(out, "access %s %s %s %lu %lu %lu %lu %lu %lu %lu %lu\n",
				std::get<0>(key).c_str(), KINDS[std::get<1>(key)],
				std::get<2>(key).c_str(), a.requests, a.lanes, a.bytes, a.units,
				a.ideal, a.lines, a.dram, a.l2);
		for (const auto &[key, times] : floats)
			fprintf(out, "float %s %s %s %lu\n", std::get<0>(key).c_str(),
				std::get<1>(key).c_str(), std::get<2>(key).c_str(), times);
	}

      public:
	explicit Warps(const Context *context) : Plugin(context)
	{
	}

	~Warps() override
	{
		const char *name = getenv("WARPS_OUT");
		FILE *out = name ? fopen(name, "w") : stdout;

		if (!out) {
			perror(name);
			exit(1);
		}
		print(out);
		if (out != stdout)
			fclose(out);
	}

	void kernelBegin(const KernelInvocation *invocation) override
	{
		kernel = invocation->getKernel()->getName();
		local = invocation->getLocalSize().x;
		launches[{kernel, invocation->getGlobalSize().x, local}]++;
	}

	void workGroupBegin(const WorkGroup *) override
	{
		clocks.assign(local, 0);
	}

	void instructionExecuted(const WorkItem *item, const llvm::Instruction *instruction,
		const TypedValue &) override
	{
		site_of(instruction).executed[item->getLocalID().x]++;
		clocks[item->getLocalID().x]++;
	}

	void memoryLoad(
		const Memory *memory, const WorkItem *item, size_t address, size_t size) override
	{
		note(memory, item, address, size, false);
	}

	void memoryStore(const Memory *memory, const WorkItem *item, size_t address, size_t size,
		const uint8_t *) override
	{
		note(memory, item, address, size, true);
	}

	void workGroupComplete(const WorkGroup *) override
	{
		Launched &sum = kernels[kernel];

		sum.groups++;
		sum.warps += (local + WARP - 1) / WARP;
		for (const auto &entry : sites)
			add_executed(entry.second, sum);
		add_requests();
		sites.clear();
		near.clear();
	}
};

Warps *warps;

/* Unrolls as LLVM does for NVIDIA's GPUs (NVPTXTTIImpl::getUnrollingPreferences), and inlines all
 * functions, as tests/gpu-code does.  Oclgrind knows no llvm.experimental.noalias.scope.decl, which
 * the last option avoids. */
void compile_as_for_a_gpu()
{
	const std::pair<const char *, const char *> options[] = {{"unroll-runtime", "true"},
		{"unroll-allow-partial", "true"}, {"unroll-partial-threshold", "75"},
		{"inline-threshold", "1000000"}, {"enable-noalias-to-md-conversion", "false"}};

	for (const auto &[name, value] : options) {
		llvm::cl::Option *option = llvm::cl::getRegisteredOptions().lookup(name);

		if (!option || option->addOccurrence(0, name, value)) {
			fprintf(stderr, "warps: LLVM has no option %s\n", name);
			exit(1);
		}
	}
}

} // namespace

extern "C" void initializePlugins(Context *context)
{
	compile_as_for_a_gpu();
	warps = new Warps(context);
	context->registerPlugin(warps);
}

extern "C" void releasePlugins(Context *context)
{
	context->unregisterPlugin(warps);
	delete warps;
}

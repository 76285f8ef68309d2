# bats file_tags=quick
load common

# checked COUNT OPTIONS...: a training compares that many epochs with the reference
checked() {
	local count=$1
	shift
	gpufit -q --json "$@" && same "$(value .checked)" "$count"
}

@test "check off compares no step and says so" {
	checked 0 --check off --epochs 50
	same "$(value .worst_check)" null
	gpufit -q --check off --epochs 50
	same "$(grep ^checked <<<"$output")" "checked  no step"
}

@test "check ends compares the first and the last epoch" {
	checked 2 --check ends --epochs 50
	checked 1 --check ends --epochs 1
	checked 0 --check ends --epochs 0
}

@test "the report says which steps were not checked" {
	gpufit -q --check ends --epochs 50
	[[ $output = *"checked  2 steps of 50, the first and the last, against the reference: worst 0."*" of the bound; the steps between were not checked"* ]]
	checked 2 --check ends --epochs 50
	same "$(value .unchecked)" 48
	checked 50 --check every --epochs 50
	same "$(value .unchecked)" 0
	checked 0 --check off --epochs 50
	same "$(value .unchecked)" 50
	gpufit -q --check ends --epochs 50 --checkpoint c
	gpufit -q --json --check ends --epochs 90 --resume c
	same "$(value .unchecked)" 38
}

@test "check every compares every epoch" {
	checked 5000 --check every
	checked 50 --check=every --epochs 50 --engine streaming
	gpufit -q --check every --epochs 50
	[[ $output = *"checked  50 steps against the reference: worst 0."*" of the bound"* ]]
}

@test "check auto compares at least the first and the last" {
	gpufit -q --json
	same "$(value '.checked >= 2')" true
}

@test "the worst check is within its bound" {
	gpufit -q --json --check every
	same "$(value '.worst_check > 0 and .worst_check <= 1')" true
}

@test "the check changes no bit of the training" {
	gpufit -q --check off --log a.jsonl --log-params
	gpufit -q --check every --log b.jsonl --log-params
	cmp a.jsonl b.jsonl
}

@test "a real file passes every check" {
	checked 100 --check every --epochs 100 --lr 1e-12 --target y "$root/data/nist/Longley.csv"
	checked 100 --check every --epochs 100 --lr 1e-7 --target y --engine streaming "$root/data/nist/Norris.csv"
}

@test "the reference is not compared with itself" {
	fails 64 "check every: engine reference is what a check compares with; its check can only be off" --engine reference --check every
	gpufit -q --engine reference --epochs 3
	same "$(grep ^checked <<<"$output")" "checked  nothing: this engine is the reference itself"
}

@test "check ends compares the last step even if patience ended the training" {
	plane 60
	gpufit -q --json --check ends --lr 0.1 --batch-size 16 --shuffle --validation 0.2 --patience 2 --epochs 1000 plane.csv
	same "$(value '.stopped_early, .checked' | xargs)" "true 2"
	wanted=$(value '.weight, .loss' | xargs)
	gpufit -q --json --check off --lr 0.1 --batch-size 16 --shuffle --validation 0.2 --patience 2 --epochs 1000 plane.csv
	same "$(value '.weight, .loss' | xargs)" "$wanted"
}

/*
 * gpufitcl_words.h: the words that gpufitcl.h's options take, as the command line and files spell
 * them: losses, optimizers, schedules, engines and others.
 *
 * A list X(word, help) makes the enum (GF_LOSS_mse), its length (GF_LOSS_COUNT), the parser, --help
 * and the tests.
 */
#ifndef GPUFITCL_WORDS_H
#define GPUFITCL_WORDS_H

#include <math.h>

/* Encloses the declarations of a header: C linkage, and names that the library does not hide. */
#ifdef __GNUC__
#define GF_VISIBILITY(action) _Pragma(#action)
#else
#define GF_VISIBILITY(action)
#endif
#ifdef __cplusplus
#define GF_HEADER_BEGIN                                        \
	GF_VISIBILITY(GCC visibility push(default)) extern "C" \
	{
#define GF_HEADER_END \
	}             \
	GF_VISIBILITY(GCC visibility pop)
#else
#define GF_HEADER_BEGIN GF_VISIBILITY(GCC visibility push(default))
#define GF_HEADER_END   GF_VISIBILITY(GCC visibility pop)
#endif

/*	 word	its use, in the words of --help and the man page */
#define GF_LOSS_LIST(X)                                                           \
	X(mse, "linear regression: mean squared error")                           \
	X(l1, "regression that is robust to outliers: absolute error")            \
	X(smooth_l1, "the same: squared below beta, absolute beyond")             \
	X(huber, "the same: squared below delta, absolute beyond")                \
	X(bce, "logistic regression: two classes, or targets 0 to 1")             \
	X(cross_entropy, "softmax (multinomial logistic) regression: classes")    \
	X(poisson, "Poisson regression: counts, 0 or above")                      \
	X(hinge, "linear support vector machine: two classes")                    \
	X(squared_hinge, "the same with the hinge squared: two classes")          \
	X(epsilon_insensitive, "support vector regression: error beyond epsilon") \
	X(quantile, "quantile regression: the median, or --quantile")             \
	X(gamma, "gamma regression: amounts above 0")                             \
	X(tweedie, "Tweedie regression: amounts above 0, and zeros")

/*	 word	its value at z, as PyTorch defines it */
#define GF_ACTIVATION_LIST(X)                                       \
	X(relu, "max(0, z)")                                        \
	X(tanh, "the hyperbolic tangent")                           \
	X(sigmoid, "1 / (1 + exp(-z))")                             \
	X(gelu, "z times the normal distribution's share below z")  \
	X(gelu_tanh, "gelu by its approximation with tanh")         \
	X(leaky_relu, "z above 0, else z times the negative slope") \
	X(silu, "z / (1 + exp(-z))")

#define GF_OPTIMIZER_LIST(X)                                                \
	X(sgd, "stochastic gradient descent, with momentum if it is given") \
	X(adam, "adaptive moments")                                         \
	X(adamw, "Adam with decoupled weight decay")                        \
	X(rmsprop, "gradients over their root mean square")                 \
	X(adagrad, "gradients over the root of the sum of their squares")

/*	 word	its parameters, by PyTorch's names in lower case */
#define GF_SCHEDULE_LIST(X)                                                                 \
	X(step, "step_size,gamma=0.1")                                                      \
	X(multistep, "milestones=A/B/...,gamma=0.1")                                        \
	X(exponential, "gamma")                                                             \
	X(cosine, "t_max,eta_min=0")                                                        \
	X(cosine_restarts, "t_0,t_mult=1,eta_min=0")                                        \
	X(linear, "start_factor=1/3,end_factor=1,total_iters=5")                            \
	X(constant, "factor=1/3,total_iters=5")                                             \
	X(polynomial, "total_iters=5,power=1")                                              \
	X(one_cycle, "max_lr,total_steps=all,pct_start=0.3,anneal=cos,cycle_momentum=1,"    \
		     "base_momentum=0.85,max_momentum=0.95,div_factor=25,"                  \
		     "final_div_factor=10000,three_phase=0")                                \
	X(plateau, "factor=0.1,patience=10,threshold=0.0001,threshold_mode=rel,cooldown=0," \
		   "min_lr=0,eps=1e-8")

#define GF_SCHEDULE_PER_LIST(X)                                       \
	X(auto, "each step for one_cycle, each epoch for the others") \
	X(epoch, "each epoch")                                        \
	X(step, "each step")

#define GF_CLASS_WEIGHT_LIST(X)                     \
	X(none, "all classes have the same weight") \
	X(balanced, "rows / (classes * rows of the class)")

#define GF_MISSING_LIST(X)                                                                \
	X(error, "a missing value is an error that names the first")                      \
	X(drop, "rows with a missing value are left out")                                 \
	X(mean, "the mean of the numbers, or the most common word, takes its place")      \
	X(most, "the most common number or word of the column takes its place")           \
	X(category, "a missing word is a word of its own, NA; a number becomes the mean") \
	X(auto, "error in training; predict and evaluate do what the training did")

#define GF_UNSEEN_LIST(X)                                         \
	X(error, "a word that training has not seen is an error") \
	X(zero, "the row is 0 in the features of all words")

#define GF_ENGINE_LIST(X)                                                             \
	X(auto, "the fastest that fits the problem")                                  \
	X(reference, "double precision, plain loops, on the host: the specification") \
	X(resident, "a whole training in one launch, for small problems")             \
	X(streaming, "one read of the data per epoch")                                \
	X(moments, "mse, full batch: one read of the data for all epochs")

#define GF_KERNELS_LIST(X)                                               \
	X(auto, "chosen by the kind of the device")                      \
	X(cpu, "a work-item computes rows, 16 side by side in a vector") \
	X(gpu, "a work-group computes rows, a work-item one of them or a lane")

#define GF_CHECK_LIST(X)                                                             \
	X(auto, "every step if that takes little time, else the first and the last") \
	X(every, "every step")                                                       \
	X(ends, "the first and the last step")                                       \
	X(off, "none")

/*	 word	what the time goes into */
#define GF_PHASE_LIST(X)                                                       \
	X(reading, "data are read: done and total are bytes of the file")      \
	X(preparing, "what was read becomes data, is split and standardized")  \
	X(compiling, "a device is opened, gets its kernels and the data")      \
	X(training, "steps are taken: done and total are steps")               \
	X(checking, "results are compared with the reference")                 \
	X(evaluating, "losses or metrics of all rows are computed")            \
	X(predicting, "outputs are computed")                                  \
	X(measuring, "the device's read bandwidth is measured, for a profile") \
	X(saving, "a file is written")

/*	 word	what the device did */
#define GF_SPAN_LIST(X)                        \
	X(kernel, "ran a kernel")              \
	X(write, "took bytes from the host")   \
	X(read, "gave bytes to the host")      \
	X(clear, "filled a buffer with zeros") \
	X(copy, "copied from buffer to buffer")

#define GF_INIT_LIST(X)                                                           \
	X(pytorch, "as torch.nn.Linear draws them after torch.manual_seed(seed)") \
	X(zeros, "all parameters 0")                                              \
	X(notebook, "the recorded start of the built-in seven points")

/*	 word	in which order an epoch takes the rows */
#define GF_SHUFFLE_LIST(X)                                               \
	X(no, "as they are")                                             \
	X(rows, "by a permutation of all, as PyTorch's DataLoader does") \
	X(blocks, "by one of blocks, then of the rows of 64 blocks at a time")

#define GF_ENUM_LINE(list, word, help)   GF_##list##_##word,
#define GF_LOSS_LINE(word, help)         GF_ENUM_LINE(LOSS, word, help)
#define GF_ACTIVATION_LINE(word, help)   GF_ENUM_LINE(ACTIVATION, word, help)
#define GF_OPTIMIZER_LINE(word, help)    GF_ENUM_LINE(OPTIMIZER, word, help)
#define GF_SCHEDULE_LINE(word, help)     GF_ENUM_LINE(SCHEDULE, word, help)
#define GF_SCHEDULE_PER_LINE(word, help) GF_ENUM_LINE(SCHEDULE_PER, word, help)
#define GF_CLASS_WEIGHT_LINE(word, help) GF_ENUM_LINE(CLASS_WEIGHT, word, help)
#define GF_MISSING_LINE(word, help)      GF_ENUM_LINE(MISSING, word, help)
#define GF_UNSEEN_LINE(word, help)       GF_ENUM_LINE(UNSEEN, word, help)
#define GF_ENGINE_LINE(word, help)       GF_ENUM_LINE(ENGINE, word, help)
#define GF_KERNELS_LINE(word, help)      GF_ENUM_LINE(KERNELS, word, help)
#define GF_CHECK_LINE(word, help)        GF_ENUM_LINE(CHECK, word, help)
#define GF_INIT_LINE(word, help)         GF_ENUM_LINE(INIT, word, help)
#define GF_SHUFFLE_LINE(word, help)      GF_ENUM_LINE(SHUFFLE, word, help)
#define GF_PHASE_LINE(word, help)        GF_ENUM_LINE(PHASE, word, help)
#define GF_SPAN_LINE(word, help)         GF_ENUM_LINE(SPAN, word, help)

typedef enum gf_loss { GF_LOSS_LIST(GF_LOSS_LINE) GF_LOSS_COUNT } gf_loss;
typedef enum gf_activation {
	GF_ACTIVATION_LIST(GF_ACTIVATION_LINE) GF_ACTIVATION_COUNT
} gf_activation;
typedef enum gf_optimizer { GF_OPTIMIZER_LIST(GF_OPTIMIZER_LINE) GF_OPTIMIZER_COUNT } gf_optimizer;
typedef enum gf_schedule { GF_SCHEDULE_LIST(GF_SCHEDULE_LINE) GF_SCHEDULE_COUNT } gf_schedule;
typedef enum gf_schedule_per {
	GF_SCHEDULE_PER_LIST(GF_SCHEDULE_PER_LINE) GF_SCHEDULE_PER_COUNT
} gf_schedule_per;
typedef enum gf_class_weight {
	GF_CLASS_WEIGHT_LIST(GF_CLASS_WEIGHT_LINE) GF_CLASS_WEIGHT_COUNT
} gf_class_weight;
typedef enum gf_missing { GF_MISSING_LIST(GF_MISSING_LINE) GF_MISSING_COUNT } gf_missing;
typedef enum gf_unseen { GF_UNSEEN_LIST(GF_UNSEEN_LINE) GF_UNSEEN_COUNT } gf_unseen;
typedef enum gf_engine { GF_ENGINE_LIST(GF_ENGINE_LINE) GF_ENGINE_COUNT } gf_engine;
typedef enum gf_kernels { GF_KERNELS_LIST(GF_KERNELS_LINE) GF_KERNELS_COUNT } gf_kernels;
typedef enum gf_check { GF_CHECK_LIST(GF_CHECK_LINE) GF_CHECK_COUNT } gf_check;
typedef enum gf_init { GF_INIT_LIST(GF_INIT_LINE) GF_INIT_COUNT } gf_init;
typedef enum gf_shuffle { GF_SHUFFLE_LIST(GF_SHUFFLE_LINE) GF_SHUFFLE_COUNT } gf_shuffle;
typedef enum gf_span_kind { GF_SPAN_LIST(GF_SPAN_LINE) GF_SPAN_COUNT } gf_span_kind;
typedef enum gf_phase { GF_PHASE_LIST(GF_PHASE_LINE) GF_PHASE_COUNT } gf_phase;

typedef enum gf_encoding {
	GF_ENCODING_utf8,
	GF_ENCODING_latin1 /* and Windows-1252, whose characters ISO 8859-1 does not have */
} gf_encoding;

enum { GF_HIDDEN_LAYERS = 15 /* the most hidden layers of a network */ };

/* The default of a number that depends on a word. */
#define GF_DEFAULT ((double)NAN)

/* Words that mean a missing value: pandas' words, and the question mark of the UCI files.  An empty
 * field and one of blanks mean the same. */
#define GF_NA_WORDS                                                                         \
	"NA,N/A,n/a,NaN,nan,NULL,Null,null,None,?,#N/A,#N/A N/A,#NA,<NA>,-NaN,-nan,1.#IND," \
	"1.#QNAN,-1.#IND,-1.#QNAN"

#endif

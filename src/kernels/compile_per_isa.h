// HAINA_BODY once an instruction set, each in a namespace of its own. No include guard: once a kernel.
namespace baseline {
#include HAINA_BODY
}  // namespace baseline

#ifdef HAINA_WIDER
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#include HAINA_BODY
}  // namespace avx2
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
namespace avx512 {
#include HAINA_BODY
}  // namespace avx512
#pragma GCC pop_options
#endif

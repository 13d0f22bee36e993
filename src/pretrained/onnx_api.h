// The entries of ONNX Runtime's C API that this program calls. The library is opened when a network is first loaded, so
// that a program without networks neither needs it nor waits for it.
//
// The table of functions only grows, and an entry never moves (ONNX Runtime's rule for its C API), so the gaps between
// the declared entries are as sure as the entries. Source: include/onnxruntime/core/session/onnxruntime_c_api.h of ONNX
// Runtime, struct OrtApi.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/error.h"

namespace haina::onnx {

struct OrtStatus;
struct OrtEnv;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtMemoryInfo;
struct OrtTypeInfo;
struct OrtTensorTypeAndShapeInfo;
struct OrtAllocator;

enum OrtLoggingLevel : int { kLogError = 3 };
enum OrtAllocatorType : int { kArenaAllocator = 1 };
enum OrtMemType : int { kMemDefault = 0 };
// Of ONNX's tensors; those that networks of texts and pictures have at their ends.
enum class ElementType : int { kUndefined = 0, kFloat = 1, kInt32 = 6, kInt64 = 7 };

template <class... Args>
using Call = OrtStatus* (*)(Args...);  // null: it went well

template <int Count>
struct Gap {
  void* unused[Count];
};

struct OrtApi {
  Gap<2> gap_0;
  const char* (*GetErrorMessage)(const OrtStatus*);                                                         // 2
  Call<OrtLoggingLevel, const char*, OrtEnv**> CreateEnv;                                                   // 3
  Gap<3> gap_4;                                                                                             //
  Call<const OrtEnv*, const char*, const OrtSessionOptions*, OrtSession**> CreateSession;                   // 7
  Call<const OrtEnv*, const void*, size_t, const OrtSessionOptions*, OrtSession**> CreateSessionFromArray;  // 8
  Call<OrtSession*, const OrtRunOptions*, const char* const*, const OrtValue* const*, size_t,               //
       const char* const*, size_t, OrtValue**>                                                              //
      Run;                                                                                                  // 9
  Call<OrtSessionOptions**> CreateSessionOptions;                                                           // 10
  Gap<13> gap_11;                                                                                           //
  Call<OrtSessionOptions*, int> SetIntraOpNumThreads;                                                       // 24
  Gap<5> gap_25;                                                                                            //
  Call<const OrtSession*, size_t*> SessionGetInputCount;                                                    // 30
  Call<const OrtSession*, size_t*> SessionGetOutputCount;                                                   // 31
  Gap<1> gap_32;                                                                                            //
  Call<const OrtSession*, size_t, OrtTypeInfo**> SessionGetInputTypeInfo;                                   // 33
  Gap<2> gap_34;                                                                                            //
  Call<const OrtSession*, size_t, OrtAllocator*, char**> SessionGetInputName;                               // 36
  Call<const OrtSession*, size_t, OrtAllocator*, char**> SessionGetOutputName;                              // 37
  Gap<11> gap_38;                                                                                           //
  Call<const OrtMemoryInfo*, void*, size_t, const int64_t*, size_t, ElementType, OrtValue**>                //
      CreateTensorWithDataAsOrtValue;                                                                       // 49
  Gap<1> gap_50;                                                                                            //
  Call<OrtValue*, void**> GetTensorMutableData;                                                             // 51
  Gap<3> gap_52;                                                                                            //
  Call<const OrtTypeInfo*, const OrtTensorTypeAndShapeInfo**> CastTypeInfoToTensorInfo;                     // 55
  Gap<4> gap_56;                                                                                            //
  Call<const OrtTensorTypeAndShapeInfo*, ElementType*> GetTensorElementType;                                // 60
  Call<const OrtTensorTypeAndShapeInfo*, size_t*> GetDimensionsCount;                                       // 61
  Call<const OrtTensorTypeAndShapeInfo*, int64_t*, size_t> GetDimensions;                                   // 62
  Gap<2> gap_63;                                                                                            //
  Call<const OrtValue*, OrtTensorTypeAndShapeInfo**> GetTensorTypeAndShape;                                 // 65
  Gap<3> gap_66;                                                                                            //
  Call<OrtAllocatorType, OrtMemType, OrtMemoryInfo**> CreateCpuMemoryInfo;                                  // 69
  Gap<6> gap_70;                                                                                            //
  Call<OrtAllocator*, void*> AllocatorFree;                                                                 // 76
  Gap<1> gap_77;                                                                                            //
  Call<OrtAllocator**> GetAllocatorWithDefaultOptions;                                                      // 78
  Gap<13> gap_79;                                                                                           //
  void (*ReleaseEnv)(OrtEnv*);                                                                              // 92
  void (*ReleaseStatus)(OrtStatus*);                                                                        // 93
  void (*ReleaseMemoryInfo)(OrtMemoryInfo*);                                                                // 94
  void (*ReleaseSession)(OrtSession*);                                                                      // 95
  void (*ReleaseValue)(OrtValue*);                                                                          // 96
  void (*ReleaseRunOptions)(OrtRunOptions*);                                                                // 97
  void (*ReleaseTypeInfo)(OrtTypeInfo*);                                                                    // 98
  void (*ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo*);                                        // 99
  void (*ReleaseSessionOptions)(OrtSessionOptions*);                                                        // 100
};
static_assert(offsetof(OrtApi, Run) == 9 * sizeof(void*));
static_assert(offsetof(OrtApi, SetIntraOpNumThreads) == 24 * sizeof(void*));
static_assert(offsetof(OrtApi, SessionGetInputTypeInfo) == 33 * sizeof(void*));
static_assert(offsetof(OrtApi, CreateTensorWithDataAsOrtValue) == 49 * sizeof(void*));
static_assert(offsetof(OrtApi, CastTypeInfoToTensorInfo) == 55 * sizeof(void*));
static_assert(offsetof(OrtApi, GetTensorTypeAndShape) == 65 * sizeof(void*));
static_assert(offsetof(OrtApi, GetAllocatorWithDefaultOptions) == 78 * sizeof(void*));
static_assert(offsetof(OrtApi, ReleaseSessionOptions) == 100 * sizeof(void*));

struct OrtApiBase {
  const OrtApi* (*GetApi)(uint32_t version);
  const char* (*GetVersionString)();
};

struct Runtime {
  const OrtApi* api = nullptr;
  OrtEnv* env = nullptr;  // lives until the program ends, as threads of sessions may use it
};
// Opens the library once: the file in the environment variable HAINA_ONNXRUNTIME, or that of the build. kUnsupported
// where it cannot be opened.
Result<Runtime> runtime();

}  // namespace haina::onnx

#include "pretrained/onnx_session.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/files.h"
#include "pretrained/onnx_api.h"

namespace haina {
namespace {

using onnx::ElementType;
using onnx::OrtApi;

constexpr int64_t kMostNumbers = int64_t{1} << 26;  // of one output, 256 MiB

// Frees what ONNX Runtime made.
template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

Status checked(const OrtApi& api, onnx::OrtStatus* status, const std::string& where) {
  if (status == nullptr) {
    return ok();
  }
  const std::string why = api.GetErrorMessage(status);
  api.ReleaseStatus(status);
  return fail({ErrorCode::kBadData, why, where, "give a network that ONNX Runtime's own tools run"});
}

OnnxSession::Type type_of(ElementType type) {
  switch (type) {
    case ElementType::kFloat:
      return OnnxSession::Type::kFloat;
    case ElementType::kInt32:
      return OnnxSession::Type::kInt32;
    case ElementType::kInt64:
      return OnnxSession::Type::kInt64;
    default:
      return OnnxSession::Type::kOther;
  }
}

size_t bytes_of(OnnxSession::Type type) { return type == OnnxSession::Type::kInt64 ? 8 : 4; }

void put_field(std::string& into, char tag, const std::string& bytes) {
  into += tag;
  for (size_t size = bytes.size();; size >>= 7) {
    const auto low = static_cast<unsigned char>(size & 0x7F);
    into += static_cast<char>(size > 0x7F ? low | 0x80 : low);
    if (size <= 0x7F) {
      break;
    }
  }
  into += bytes;
}

// A ModelProto that says nothing but one more output of the graph, of type float: protocol buffers that follow each
// other are merged, so appended to a model it makes an inner tensor an output.
std::string one_more_output(const std::string& name) {
  std::string value;  // ValueInfoProto
  put_field(value, 0x0A, name);
  put_field(value, 0x12, std::string("\x0A\x02\x08\x01", 4));  // tensor_type { elem_type: FLOAT }
  std::string graph;                                           // GraphProto.output
  put_field(graph, 0x62, value);
  std::string model;  // ModelProto.graph
  put_field(model, 0x3A, graph);
  return model;
}

Result<std::pair<OnnxSession::Type, std::vector<int64_t>>> type_and_shape(const OrtApi& api,
                                                                          const onnx::OrtTensorTypeAndShapeInfo& info,
                                                                          const std::string& where) {
  ElementType type = ElementType::kUndefined;
  size_t dims = 0;
  HAINA_OK(checked(api, api.GetTensorElementType(&info, &type), where));
  HAINA_OK(checked(api, api.GetDimensionsCount(&info, &dims), where));
  std::vector<int64_t> shape(dims);
  HAINA_OK(checked(api, api.GetDimensions(&info, shape.data(), dims), where));
  return std::pair(type_of(type), std::move(shape));
}

}  // namespace

struct OnnxSession::State {
  const OrtApi* api = nullptr;
  Owned<onnx::OrtSession> session = {nullptr, nullptr};
  Owned<onnx::OrtMemoryInfo> memory = {nullptr, nullptr};
  std::vector<Input> inputs = {};
  std::vector<const char*> input_names = {};  // of `inputs`
  std::string output = {}, where = {};
};

namespace {

Result<Owned<onnx::OrtSession>> open_session(const onnx::Runtime& runtime, const std::filesystem::path& file,
                                             const std::string& bytes, int threads) {
  const OrtApi& api = *runtime.api;
  const std::string where = file.string();
  onnx::OrtSessionOptions* options = nullptr;
  HAINA_OK(checked(api, api.CreateSessionOptions(&options), where));
  const Owned<onnx::OrtSessionOptions> freed(options, api.ReleaseSessionOptions);
  HAINA_OK(checked(api, api.SetIntraOpNumThreads(options, threads), where));
  onnx::OrtSession* session = nullptr;
  HAINA_OK(checked(api,
                   bytes.empty()
                       ? api.CreateSession(runtime.env, file.c_str(), options, &session)
                       : api.CreateSessionFromArray(runtime.env, bytes.data(), bytes.size(), options, &session),
                   where));
  return Owned<onnx::OrtSession>(session, api.ReleaseSession);
}

using NameOf = onnx::Call<const onnx::OrtSession*, size_t, onnx::OrtAllocator*, char**>;

Result<std::string> name_at(const OrtApi& api, NameOf get, const onnx::OrtSession& session, size_t at,
                            const std::string& where) {
  onnx::OrtAllocator* allocator = nullptr;
  HAINA_OK(checked(api, api.GetAllocatorWithDefaultOptions(&allocator), where));
  char* name = nullptr;
  HAINA_OK(checked(api, get(&session, at, allocator, &name), where));
  std::string text = name;
  HAINA_OK(checked(api, api.AllocatorFree(allocator, name), where));
  return text;
}

Result<std::vector<std::string>> output_names(const OrtApi& api, const onnx::OrtSession& session,
                                              const std::string& where) {
  size_t count = 0;
  HAINA_OK(checked(api, api.SessionGetOutputCount(&session, &count), where));
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    HAINA_TRY(names.emplace_back(), name_at(api, api.SessionGetOutputName, session, i, where));
  }
  return names;
}

Result<OnnxSession::Input> input_at(const OrtApi& api, const onnx::OrtSession& session, size_t at,
                                    const std::string& where) {
  OnnxSession::Input input;
  HAINA_TRY(input.name, name_at(api, api.SessionGetInputName, session, at, where));
  onnx::OrtTypeInfo* info = nullptr;
  HAINA_OK(checked(api, api.SessionGetInputTypeInfo(&session, at, &info), where));
  const Owned<onnx::OrtTypeInfo> freed(info, api.ReleaseTypeInfo);
  const onnx::OrtTensorTypeAndShapeInfo* tensor = nullptr;
  HAINA_OK(checked(api, api.CastTypeInfoToTensorInfo(info, &tensor), where));
  if (tensor != nullptr) {  // else it is a sequence or a map
    HAINA_TRY(auto found, type_and_shape(api, *tensor, where));
    input.type = found.first;
    input.shape = std::move(found.second);
  }
  return input;
}

}  // namespace

OnnxSession::OnnxSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
OnnxSession::OnnxSession(OnnxSession&&) noexcept = default;
OnnxSession& OnnxSession::operator=(OnnxSession&&) noexcept = default;
OnnxSession::~OnnxSession() = default;

const std::vector<OnnxSession::Input>& OnnxSession::inputs() const { return state_->inputs; }

Result<OnnxSession> OnnxSession::load(const std::filesystem::path& file, const std::string& output, int threads) {
  const std::string where = file.string();
  HAINA_TRY(const onnx::Runtime runtime, onnx::runtime());
  const OrtApi& api = *runtime.api;
  auto state = std::make_unique<State>();
  state->api = &api;
  state->where = where;
  HAINA_TRY(state->session, open_session(runtime, file, "", threads));
  HAINA_TRY(const std::vector<std::string> outputs, output_names(api, *state->session, where));
  if (outputs.empty()) {
    return fail({ErrorCode::kBadData, "the network has no output", where, "give a network with one"});
  }
  state->output = output.empty() ? outputs.front() : output;
  if (std::ranges::find(outputs, state->output) == outputs.end()) {
    HAINA_TRY(const std::string bytes, read_text(file));
    auto inner = open_session(runtime, file, bytes + one_more_output(output), threads);
    if (!inner) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("no float tensor '{}' in the network", output), where,
                   fmt::format("its outputs are: {}", fmt::join(outputs, ", "))});
    }
    state->session = std::move(*inner);
  }
  size_t count = 0;
  HAINA_OK(checked(api, api.SessionGetInputCount(state->session.get(), &count), where));
  for (size_t i = 0; i < count; ++i) {
    HAINA_TRY(state->inputs.emplace_back(), input_at(api, *state->session, i, where));
  }
  for (const Input& input : state->inputs) {
    state->input_names.push_back(input.name.c_str());
  }
  onnx::OrtMemoryInfo* memory = nullptr;
  HAINA_OK(checked(api, api.CreateCpuMemoryInfo(onnx::kArenaAllocator, onnx::kMemDefault, &memory), where));
  state->memory = {memory, api.ReleaseMemoryInfo};
  return OnnxSession(std::move(state));
}

Result<OnnxSession::Output> OnnxSession::run(std::span<const Value> values) const {
  const OrtApi& api = *state_->api;
  HAINA_ASSERT(values.size() == state_->inputs.size());
  std::vector<Owned<onnx::OrtValue>> owned;
  std::vector<const onnx::OrtValue*> given;
  for (size_t i = 0; i < values.size(); ++i) {
    const Type type = state_->inputs[i].type;
    size_t bytes = bytes_of(type);
    for (const int64_t length : values[i].shape) {
      bytes *= static_cast<size_t>(length);
    }
    const ElementType element = type == Type::kFloat   ? ElementType::kFloat
                                : type == Type::kInt32 ? ElementType::kInt32
                                                       : ElementType::kInt64;
    onnx::OrtValue* value = nullptr;
    // The library does not write to inputs.
    HAINA_OK(
        checked(api,
                api.CreateTensorWithDataAsOrtValue(state_->memory.get(), const_cast<void*>(values[i].data), bytes,
                                                   values[i].shape.data(), values[i].shape.size(), element, &value),
                state_->where));
    owned.emplace_back(value, api.ReleaseValue);
    given.push_back(value);
  }
  const char* const name = state_->output.c_str();
  onnx::OrtValue* made = nullptr;
  HAINA_OK(checked(
      api,
      api.Run(state_->session.get(), nullptr, state_->input_names.data(), given.data(), given.size(), &name, 1, &made),
      state_->where));
  const Owned<onnx::OrtValue> result(made, api.ReleaseValue);
  onnx::OrtTensorTypeAndShapeInfo* info = nullptr;
  HAINA_OK(checked(api, api.GetTensorTypeAndShape(made, &info), state_->where));
  const Owned<onnx::OrtTensorTypeAndShapeInfo> freed(info, api.ReleaseTensorTypeAndShapeInfo);
  HAINA_TRY(auto found, type_and_shape(api, *info, state_->where));
  Output output = {.shape = std::move(found.second)};
  int64_t numbers = 1;
  for (const int64_t length : output.shape) {
    numbers = length < 0 || (length > 0 && numbers > kMostNumbers / length) ? kMostNumbers + 1 : numbers * length;
  }
  if (found.first != Type::kFloat || numbers > kMostNumbers) {
    return fail({ErrorCode::kBadData,
                 fmt::format("output '{}' is no float32 tensor of at most {} numbers", state_->output, kMostNumbers),
                 state_->where, "name another with \"output\" in the folder's encoder.json"});
  }
  void* data = nullptr;
  HAINA_OK(checked(api, api.GetTensorMutableData(made, &data), state_->where));
  const auto* const begin = static_cast<const float*>(data);
  output.numbers.assign(begin, begin + numbers);
  return output;
}

}  // namespace haina

// A network in a file of ONNX, run on the CPU by ONNX Runtime.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace haina {

class OnnxSession {
 public:
  enum class Type { kFloat, kInt32, kInt64, kOther };
  struct Input {
    std::string name;
    Type type = Type::kOther;
    std::vector<int64_t> shape = {};  // -1: any length
  };
  // A value of an input, in the order of inputs(). `data` holds the elements of its type.
  struct Value {
    const void* data = nullptr;
    std::vector<int64_t> shape = {};
  };
  struct Output {
    std::vector<float> numbers = {};
    std::vector<int64_t> shape = {};
  };

  // `output` names the tensor that run() gives, which may be one inside the network, as what precedes a classifier;
  // empty: the network's first output. `threads`: of one run.
  static Result<OnnxSession> load(const std::filesystem::path& file, const std::string& output, int threads);
  OnnxSession(OnnxSession&&) noexcept;
  OnnxSession& operator=(OnnxSession&&) noexcept;
  ~OnnxSession();

  const std::vector<Input>& inputs() const;
  // Safe to call from several threads. kBadData where the network does not take the values or does not give float32.
  Result<Output> run(std::span<const Value> values) const;

 private:
  struct State;
  explicit OnnxSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace haina

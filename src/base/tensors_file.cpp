#include "base/tensors_file.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/files.h"

namespace haina {
namespace {

struct DtypeName {
  at::ScalarType dtype;
  const char* name;
};
constexpr std::array<DtypeName, 10> kDtypes = {{{at::kDouble, "F64"},
                                                {at::kFloat, "F32"},
                                                {at::kHalf, "F16"},
                                                {at::kBFloat16, "BF16"},
                                                {at::kLong, "I64"},
                                                {at::kInt, "I32"},
                                                {at::kShort, "I16"},
                                                {at::kChar, "I8"},
                                                {at::kByte, "U8"},
                                                {at::kBool, "BOOL"}}};

Error damaged(const std::filesystem::path& path, uint64_t byte, const std::string& why) {
  return {ErrorCode::kBadData, "damaged tensor file: " + why, fmt::format("{}:byte {}", path.string(), byte),
          "run the command that wrote it again (haina prepare or haina train)"};
}

}  // namespace

Status save_tensors(const std::filesystem::path& path, const TensorMap& tensors,
                    const std::map<std::string, std::string>& metadata) {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) {
    header["__metadata__"] = metadata;
  }
  std::vector<at::Tensor> blocks;
  uint64_t offset = 0;
  for (const auto& [name, tensor] : tensors) {
    const at::Tensor block = tensor.detach().to(at::kCPU).contiguous();
    const auto dtype = std::find_if(kDtypes.begin(), kDtypes.end(),
                                    [&](const DtypeName& d) { return d.dtype == block.scalar_type(); });
    HAINA_ASSERT(dtype != kDtypes.end());
    const uint64_t bytes = block.nbytes();
    header[name] = {{"dtype", dtype->name}, {"shape", block.sizes().vec()}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
    blocks.push_back(block);
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // data start aligned to 8 bytes
  const uint64_t length = text.size();
  HAINA_TRY(FileWriter file, FileWriter::create(path));
  HAINA_OK(file.write({reinterpret_cast<const char*>(&length), sizeof length}));
  HAINA_OK(file.write(text));
  for (const at::Tensor& block : blocks) {
    HAINA_OK(file.write({static_cast<const char*>(block.data_ptr()), block.nbytes()}));
  }
  return file.close();
}

Result<TensorMap> load_tensors(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return fail(io_error(path, "cannot open"));
  }
  struct stat info = {};
  ::fstat(fd, &info);
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  if (size < 8) {
    ::close(fd);
    return fail(damaged(path, 0, "shorter than its header"));
  }
  void* const map = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  ::close(fd);
  if (map == MAP_FAILED) {
    return fail(io_error(path, "cannot map"));
  }
  const std::shared_ptr<char> bytes(static_cast<char*>(map), [size](char* p) { ::munmap(p, size); });
  uint64_t length = 0;
  std::memcpy(&length, bytes.get(), 8);
  if (length > size - 8) {
    return fail(damaged(path, 0, fmt::format("header of {} bytes in a file of {}", length, size)));
  }
  const nlohmann::json header = nlohmann::json::parse(bytes.get() + 8, bytes.get() + 8 + length, nullptr, false);
  if (!header.is_object()) {
    return fail(damaged(path, 8, "header is not a JSON object"));
  }
  const uint64_t data_size = size - 8 - length;
  TensorMap tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      continue;
    }
    const auto shape_ok = entry.is_object() && entry.contains("shape") && entry["shape"].is_array() &&
                          entry.contains("dtype") && entry["dtype"].is_string() && entry.contains("data_offsets") &&
                          entry["data_offsets"].is_array() && entry["data_offsets"].size() == 2;
    if (!shape_ok) {
      return fail(damaged(path, 8, fmt::format("entry '{}' lacks dtype, shape or data_offsets", name)));
    }
    const std::string dtype_name = entry["dtype"];
    const auto dtype =
        std::find_if(kDtypes.begin(), kDtypes.end(), [&](const DtypeName& d) { return dtype_name == d.name; });
    std::vector<int64_t> shape;
    uint64_t elements = 1;
    for (const auto& extent : entry["shape"]) {
      if (!extent.is_number_unsigned() ||
          (extent.get<uint64_t>() != 0 && elements > (uint64_t{1} << 48) / extent.get<uint64_t>())) {
        return fail(damaged(path, 8, fmt::format("entry '{}' has an impossible shape", name)));
      }
      shape.push_back(extent.get<int64_t>());
      elements *= extent.get<uint64_t>();
    }
    const auto& offsets = entry["data_offsets"];
    if (dtype == kDtypes.end() || !offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) {
      return fail(damaged(path, 8, fmt::format("entry '{}' has an unknown dtype or bad offsets", name)));
    }
    const uint64_t begin = offsets[0].get<uint64_t>();
    const uint64_t end = offsets[1].get<uint64_t>();
    if (begin > end || end > data_size || end - begin != elements * c10::elementSize(dtype->dtype)) {
      return fail(damaged(path, 8 + length + begin, fmt::format("entry '{}' does not fit its shape", name)));
    }
    char* const data = bytes.get() + 8 + length + begin;
    if (reinterpret_cast<uintptr_t>(data) % c10::elementSize(dtype->dtype) != 0) {
      const at::Tensor copy = at::empty(shape, at::TensorOptions().dtype(dtype->dtype));
      std::copy(data, data + (end - begin), static_cast<char*>(copy.data_ptr()));  // of nothing: no place
      tensors[name] = copy;
    } else {
      tensors[name] = at::from_blob(data, shape, [bytes](void*) {}, at::TensorOptions().dtype(dtype->dtype));
    }
  }
  return tensors;
}

Result<at::Tensor> take_tensor(const TensorMap& tensors, const std::string& name, at::ScalarType dtype, int64_t dims,
                               const std::string& where) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) {
    return fail(
        {ErrorCode::kBadData, fmt::format("no tensor '{}'", name), where, "run the command that wrote it again"});
  }
  if (found->second.scalar_type() != dtype || found->second.dim() != dims) {
    return fail({ErrorCode::kBadData,
                 fmt::format("tensor '{}' does not have the type or shape that this version expects", name), where,
                 "run the command that wrote it again"});
  }
  return found->second;
}

}  // namespace haina

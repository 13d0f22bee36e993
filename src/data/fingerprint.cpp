// One pass of SHA-256 over the dataset's tensors in the order of their names.
#include "data/fingerprint.h"

#include <fmt/format.h>

#include "base/sha256.h"
#include "base/tensors_file.h"
#include "data/field_type.h"
#include "kernels/csr_tensors.h"

namespace haina {
namespace {

class Hash {
 public:
  void add(const void* bytes, size_t size) { sha256_.add(bytes, size); }
  void add(int64_t number) { add(&number, sizeof(number)); }
  void add(const std::string& text) {
    add(static_cast<int64_t>(text.size()));
    add(text.data(), text.size());
  }
  void add(const at::Tensor& tensor) {
    const at::Tensor flat = tensor.contiguous();
    add(static_cast<int64_t>(flat.scalar_type()));
    for (const int64_t size : flat.sizes()) {
      add(size);
    }
    add(flat.const_data_ptr(), flat.nbytes());
  }
  std::string hex() { return sha256_.hex(); }

 private:
  Sha256 sha256_;
};

}  // namespace

std::string fingerprint_of(const Dataset& dataset) {
  TensorMap tensors;
  dataset.users.pack("users", tensors);
  dataset.items.pack("items", tensors);
  dataset.actions.pack("actions", tensors);
  const EventLog& events = dataset.events;
  tensors.insert({{"events.user", events.user},
                  {"events.item", events.item},
                  {"events.action", events.action},
                  {"events.value", events.value},
                  {"events.weight", events.weight},
                  {"events.time", events.time},
                  {"events.goal", events.goal},
                  {"events.part", events.part}});
  for (const ContextColumn& context : dataset.context) {
    context.values.pack("context:" + context.name, tensors);
    tensors["context:" + context.name + ".codes"] = context.codes;
  }
  if (dataset.negatives.nnz() > 0) {
    put_csr("negatives", dataset.negatives, tensors);
  }
  Hash hash;
  for (size_t f = 0; f < dataset.fields.size(); ++f) {
    const Field& field = dataset.fields[f];
    hash.add(field.full_name());
    hash.add(static_cast<int64_t>(field.side));
    hash.add(static_cast<int64_t>(field.type));
    hash.add(static_cast<int64_t>(field.target));
    entry_of(field.type).save(field, fmt::format("field{}", f), tensors);
  }
  for (const std::string& title : dataset.titles) {
    hash.add(title);
  }
  for (const auto& [name, tensor] : tensors) {
    if (tensor.defined()) {
      hash.add(name);
      hash.add(tensor);
    }
  }
  return hash.hex();
}

}  // namespace haina

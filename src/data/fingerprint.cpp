// One pass of SHA-256 over the dataset's tensors in the order of their names: about 1 GB/s where the CPU has
// instructions for it.
#include "data/fingerprint.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <memory>

#include "base/tensors_file.h"
#include "data/field_type.h"
#include "kernels/csr_tensors.h"

namespace haina {
namespace {

class Hash {
 public:
  Hash() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) { EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr); }
  void add(const void* bytes, size_t size) { EVP_DigestUpdate(context_.get(), bytes, size); }
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
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &length);
    std::string text;
    for (unsigned int i = 0; i < length; ++i) {
      text += fmt::format("{:02x}", digest[i]);
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
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

#include "media/feature_cache.h"

#include <ATen/ATen.h>
#include <c10/core/ScalarType.h>

#include <array>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/tensors_file.h"
#include "media/protocol.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// Texts as one tensor of bytes and one of their ends.
class Texts {
 public:
  void add(const std::string& text) {
    bytes_ += text;
    ends_.push_back(std::ssize(bytes_));
  }
  void save(TensorMap& into, const std::string& name) const {
    into[name] = at::from_blob(const_cast<char*>(bytes_.data()), {std::ssize(bytes_)}, at::kByte).clone();
    into[name + ".ends"] = at::tensor(ends_, at::kLong);
  }
  static Result<std::vector<std::string>> load(const TensorMap& from, const std::string& name,
                                               const std::string& where) {
    HAINA_TRY(const at::Tensor bytes, take_tensor(from, name, at::kByte, 1, where));
    HAINA_TRY(const at::Tensor ends, take_tensor(from, name + ".ends", at::kLong, 1, where));
    std::vector<std::string> texts;
    int64_t begin = 0;
    for (int64_t i = 0; i < ends.size(0); ++i) {
      const int64_t end = ends.const_data_ptr<int64_t>()[i];
      if (end < begin || end > bytes.size(0)) {
        return fail({ErrorCode::kBadData, "text beyond the end", where, "remove the file"});
      }
      texts.emplace_back(reinterpret_cast<const char*>(bytes.const_data_ptr<uint8_t>()) + begin,
                         static_cast<size_t>(end - begin));
      begin = end;
    }
    return texts;
  }

 private:
  std::string bytes_;
  std::vector<int64_t> ends_;
};

std::string version_text() { return std::to_string(media::kFeaturesVersion); }

// One part of each member, as save_part wrote it; false where it is damaged.
template <class Number>
Result<bool> load_part(const TensorMap& tensors, const std::string& name, std::vector<Number> MediaFeatures::* part,
                       const std::string& where, std::vector<MediaFeatures>& members) {
  HAINA_TRY(const at::Tensor numbers, take_tensor(tensors, name, c10::CppTypeToScalarType<Number>::value, 1, where));
  HAINA_TRY(const at::Tensor ends, take_tensor(tensors, name + ".ends", at::kLong, 1, where));
  if (ends.size(0) != std::ssize(members)) {
    return false;
  }
  int64_t begin = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    const int64_t end = ends.const_data_ptr<int64_t>()[i];
    if (end < begin || end > numbers.size(0)) {
      return false;
    }
    (members[i].*part).assign(numbers.const_data_ptr<Number>() + begin, numbers.const_data_ptr<Number>() + end);
    begin = end;
  }
  return true;
}

Result<std::map<std::string, ArchiveFeatures>> load_known(const fs::path& file) {
  const std::string where = file.string();
  HAINA_TRY(const TensorMap tensors, load_tensors(file));
  HAINA_TRY(const at::Tensor version, take_tensor(tensors, "version", at::kLong, 0, where));
  std::map<std::string, ArchiveFeatures> known;
  if (version.item<int64_t>() != media::kFeaturesVersion) {
    return known;
  }
  HAINA_TRY(const std::vector<std::string> keys, Texts::load(tensors, "keys", where));
  HAINA_TRY(const std::vector<std::string> troubles, Texts::load(tensors, "archive_problems", where));
  HAINA_TRY(const at::Tensor counts, take_tensor(tensors, "members", at::kLong, 1, where));
  HAINA_TRY(const std::vector<std::string> names, Texts::load(tensors, "names", where));
  HAINA_TRY(const std::vector<std::string> problems, Texts::load(tensors, "problems", where));
  std::vector<MediaFeatures> members(names.size());
  bool sound = troubles.size() == keys.size() && counts.size(0) == std::ssize(keys) &&
               problems.size() == names.size() &&
               (keys.empty() || (counts.ge(0).all().item<bool>() && counts.sum().item<int64_t>() == std::ssize(names)));
  for (const auto& [name, part] : kMediaParts) {
    HAINA_TRY(const bool loaded, load_part(tensors, name, part, where, members));
    sound = sound && loaded;
  }
  for (const MediaImage& image : kMediaImages) {
    HAINA_TRY(const bool loaded, load_part(tensors, image.field, image.bytes, where, members));
    sound = sound && loaded;
  }
  if (!sound) {
    return fail({ErrorCode::kBadData, "damaged", where, "remove the file"});
  }
  size_t at = 0;
  for (size_t k = 0; k < keys.size(); ++k) {
    ArchiveFeatures& archive = known[keys[k]];
    archive.problem = troubles[k];
    for (int64_t i = 0; i < counts.const_data_ptr<int64_t>()[k]; ++i, ++at) {
      members[at].name = names[at];
      members[at].problem = problems[at];
      archive.members.push_back(std::move(members[at]));
    }
  }
  return known;
}

// The numbers of one part, member after member, and where each member's end: vectors of several networks differ in
// length.
template <class Number>
void save_part(const std::vector<const MediaFeatures*>& members, std::vector<Number> MediaFeatures::* part,
               const std::string& name, TensorMap& into) {
  std::vector<Number> numbers;
  std::vector<int64_t> ends;
  for (const MediaFeatures* const member : members) {
    numbers.insert(numbers.end(), (member->*part).begin(), (member->*part).end());
    ends.push_back(std::ssize(numbers));
  }
  into[name] = at::tensor(numbers, c10::CppTypeToScalarType<Number>::value);
  into[name + ".ends"] = at::tensor(ends, at::kLong);
}

}  // namespace

FeatureCache FeatureCache::load(const fs::path& file) {
  FeatureCache cache;
  cache.file_ = file;
  std::error_code code;
  if (fs::is_regular_file(file, code)) {
    // What cannot be read is made anew: the cache holds nothing that the files do not.
    cache.known_ = load_known(file).value_or(std::map<std::string, ArchiveFeatures>());
  }
  return cache;
}

const ArchiveFeatures* FeatureCache::find_archive(const std::string& sha256) {
  const auto found = known_.find(sha256);
  if (found == known_.end()) {
    return nullptr;
  }
  used_.insert(sha256);
  return &found->second;
}

void FeatureCache::add_archive(const std::string& sha256, ArchiveFeatures features) {
  known_[sha256] = std::move(features);
  used_.insert(sha256);
  changed_ = true;
}

const MediaFeatures* FeatureCache::find(const std::string& sha256) {
  const ArchiveFeatures* const found = find_archive(sha256);
  return found == nullptr || found->members.size() != 1 ? nullptr : &found->members.front();
}

void FeatureCache::add(const std::string& sha256, MediaFeatures features) {
  ArchiveFeatures one;
  one.members.push_back(std::move(features));
  add_archive(sha256, std::move(one));
}

Status FeatureCache::save() {
  if (!changed_ && used_.size() == known_.size()) {
    return ok();
  }
  Texts keys, troubles, names, problems;
  std::vector<int64_t> counts;
  std::vector<const MediaFeatures*> members;
  for (const auto& [key, archive] : known_) {
    if (!used_.contains(key)) {
      continue;
    }
    keys.add(key);
    troubles.add(archive.problem);
    counts.push_back(std::ssize(archive.members));
    for (const MediaFeatures& member : archive.members) {
      names.add(member.name);
      problems.add(member.problem);
      members.push_back(&member);
    }
  }
  TensorMap tensors = {{"version", at::tensor(int64_t{media::kFeaturesVersion}).squeeze()},
                       {"members", at::tensor(counts, at::kLong)}};
  keys.save(tensors, "keys");
  troubles.save(tensors, "archive_problems");
  names.save(tensors, "names");
  problems.save(tensors, "problems");
  for (const auto& [name, part] : kMediaParts) {
    save_part(members, part, name, tensors);
  }
  for (const MediaImage& image : kMediaImages) {
    save_part(members, image.bytes, image.field, tensors);
  }
  std::error_code code;
  fs::create_directories(file_.parent_path(), code);
  const fs::path temporary = file_.string() + ".tmp";
  HAINA_OK(save_tensors(temporary, tensors, {{"features", version_text()}}));
  fs::rename(temporary, file_, code);
  return code ? fail(io_error(file_, "cannot write")) : ok();
}

}  // namespace haina

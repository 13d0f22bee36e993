#include "data/formats/json_paths.h"

#include <algorithm>

#include "data/formats/json_records.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int kDeepestList = 3;

const Json* member(const Json& object, const std::string& name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() || !object.is_object() ? nullptr : &*found;
}

// The name of a {"name": …, "value": …} pair; nullptr for any other object.
const Json* name_of_pair(const Json& object) {
  const Json* const name = member(object, "name") != nullptr ? member(object, "name") : member(object, "key");
  return object.size() == 2 && name != nullptr && name->is_string() && member(object, "value") != nullptr ? name
                                                                                                          : nullptr;
}

bool is_list_of_objects(const Json& value) {
  return value.is_array() && !value.empty() &&
         std::ranges::all_of(value, [](const Json& element) { return element.is_object(); });
}

bool is_list_of_pairs(const Json& value) {
  return is_list_of_objects(value) &&
         std::ranges::all_of(value, [](const Json& element) { return name_of_pair(element) != nullptr; });
}

void find_in(const Json& value, std::string_view path, JsonFound& found) {
  if (path.empty()) {
    found.values.push_back(&value);
    return;
  }
  if (is_list_of_pairs(value)) {
    for (const Json& pair : value) {
      if (name_of_pair(pair)->get_ref<const std::string&>() == path) {
        found.values.push_back(&pair["value"]);
        return;
      }
    }
  }
  if (value.is_array()) {
    found.in_list = true;
    for (const Json& element : value) {
      find_in(element, path, found);
    }
    return;
  }
  if (!value.is_object()) {
    return;
  }
  if (const Json* const held = member(value, std::string(path))) {
    found.values.push_back(held);
    return;
  }
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    if (const Json* const held = member(value, std::string(path.substr(0, dot)))) {
      find_in(*held, path.substr(dot + 1), found);
      return;
    }
  }
}

using LeafCall = std::function<void(const std::string&, const Json&, bool)>;

void leaves_of(const Json& value, const std::string& path, bool in_list, const LeafCall& call) {
  const std::string prefix = path.empty() ? path : path + ".";
  if (value.is_object()) {
    for (const auto& [key, held] : value.items()) {
      leaves_of(held, prefix + key, in_list, call);
    }
  } else if (is_list_of_pairs(value)) {
    for (const Json& pair : value) {
      leaves_of(pair["value"], prefix + name_of_pair(pair)->get<std::string>(), in_list, call);
    }
  } else if (is_list_of_objects(value)) {
    for (const Json& element : value) {
      leaves_of(element, path, true, call);
    }
  } else {
    call(path, value, in_list);
  }
}

// Walks over the text of a document without parsing its values.
class ListFinder {
 public:
  explicit ListFinder(std::string_view text) : text_(text) {}

  std::vector<RecordList> find() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '{') {
      walk_object("", 1);
    }
    return std::move(lists_);
  }

 private:
  void walk_object(const std::string& prefix, int depth) {
    ++at_;  // the '{'
    while (at_ < text_.size()) {
      skip_space();
      if (at_ >= text_.size() || text_[at_] != '"') {
        break;
      }
      const std::string key = take_key();
      skip_space();
      if (at_ >= text_.size() || text_[at_] != ':') {
        return;
      }
      ++at_;
      skip_space();
      const std::string path = prefix.empty() ? key : prefix + "." + key;
      const size_t begin = at_;
      if (at_ < text_.size() && text_[at_] == '{' && depth < kDeepestList) {
        walk_object(path, depth + 1);
      } else {
        const bool of_objects = begins_with_object();
        skip_value();
        if (of_objects) {
          lists_.push_back({path, begin, at_ - begin});
        }
      }
      skip_space();
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        continue;
      }
      break;
    }
    skip_space();
    at_ += at_ < text_.size() && text_[at_] == '}' ? 1 : 0;
  }

  std::string take_key() {
    const size_t begin = at_;
    JsonNesting nesting;
    do {
      nesting.step(text_[at_++]);
    } while (at_ < text_.size() && nesting.in_string());
    const Json key = Json::parse(text_.substr(begin, at_ - begin), nullptr, false);
    return key.is_string() ? key.get<std::string>() : std::string();
  }

  bool begins_with_object() const {
    if (at_ >= text_.size() || text_[at_] != '[') {
      return false;
    }
    size_t next = at_ + 1;
    while (next < text_.size() && is_json_space(text_[next])) {
      ++next;
    }
    return next < text_.size() && text_[next] == '{';
  }

  void skip_value() {
    JsonNesting nesting;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (!nesting.in_string() && nesting.depth() == 0 && (c == ',' || c == '}')) {
        return;
      }
      nesting.step(c);
    }
  }

  void skip_space() {
    while (at_ < text_.size() && is_json_space(text_[at_])) {
      ++at_;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<RecordList> lists_;
};

}  // namespace

JsonFound find_json(const Json& record, std::string_view path) {
  JsonFound found;
  find_in(record, path, found);
  return found;
}

void for_each_leaf(const std::string& name, const Json& value, const LeafCall& call) {
  leaves_of(value, name, false, call);
}

std::vector<RecordList> find_record_lists(std::string_view text) { return ListFinder(text).find(); }

}  // namespace haina

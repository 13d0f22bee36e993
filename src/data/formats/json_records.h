// JSON objects as rows: shared by JSON lines and JSON documents.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/formats/file_preview.h"
#include "data/formats/format.h"
#include "data/rows/row_sink.h"

namespace haina {

// The state of a byte-by-byte walk over JSON text: inside a string or not, and how deep.
class JsonNesting {
 public:
  void step(char c);
  bool in_string() const { return in_string_; }
  int depth() const { return depth_; }
  int deepest() const { return deepest_; }

 private:
  bool in_string_ = false;
  bool escaped_ = false;
  int depth_ = 0;
  int deepest_ = 0;
};

bool is_json_space(char c);

// What stands at a path of a record, as the text of a cell. A list of lists is one list; null elements are left out;
// objects are written as JSON.
struct JsonText {
  bool found = false;
  bool is_list = false;
  bool typed = false;        // a number
  bool has_objects = false;  // an object, or a list with objects or lists in it
  std::string text = {};
  std::vector<std::string> elements = {};
};
// An empty path is the value itself.
JsonText text_at_path(const nlohmann::json& record, const std::string& path);

// Parses values one by one and adds each as a row. A bad value costs its own row alone.
class JsonRows {
 public:
  explicit JsonRows(RowSink& sink) : sink_(sink), found_(sink.source().columns.size(), false) {}
  // place.raw: one JSON value. `key`: what a document stores it under, for the column "#key".
  Status add(const RowPlace& place, const std::optional<std::string>& key);
  // kBadData if a configured column is in no object: that is a mistake of the configuration, not of the rows.
  Status finish(const std::string& file) const;

 private:
  Status add_value(const RowPlace& place, const nlohmann::json& value, const std::optional<std::string>& key);
  bool wants_value() const;
  std::optional<Cell> cell_of(const std::string& name, size_t i, const nlohmann::json& value,
                              const std::optional<std::string>& key);

  RowSink& sink_;
  std::vector<bool> found_;      // by configured column
  std::set<std::string> known_;  // names of the objects' members, for "did you mean"
  int64_t num_rows_ = 0;
  std::deque<std::string> texts_;  // cells point into these, so they must not move
  std::deque<std::vector<std::string>> lists_;
};

// Collects objects for a preview; its columns are the union of the paths of all their leaves ("user.id").
class JsonPreview {
 public:
  explicit JsonPreview(FilePreview& preview) : preview_(preview) {}
  using Members = std::vector<std::pair<std::string, nlohmann::json>>;
  bool full() const { return preview_.rows.size() >= kPreviewRows; }
  void add_object(const nlohmann::json& object, std::vector<std::string> row = {});
  // The members of an object, in their order.
  void add_members(const Members& members);
  // An object, or a list of them; anything else is left out.
  void add_value(const nlohmann::json& value);
  // A value stored under a key in a document: the columns "#key", and the object's own or "#value".
  void add_keyed(const std::string& key, const nlohmann::json& value);
  // Makes all rows equally wide. kBadData if there are none.
  Status finish(const FileStart& start);

 private:
  std::string& cell(const std::string& name, std::vector<std::string>& row, size_t& column);
  void put(const std::string& name, const nlohmann::json& value, std::vector<std::string>& row);
  void put_leaves(const std::string& name, const nlohmann::json& value, std::vector<std::string>& row);
  void put_element(const std::string& name, const nlohmann::json& value, std::vector<std::string>& row);
  FilePreview& preview_;
  std::map<std::string, size_t> places_;  // name -> column
  std::set<std::string> floats_, words_;  // names of lists that hold a number with a decimal point; other than numbers
};

}  // namespace haina

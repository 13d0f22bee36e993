// Rows of text as aligned columns for a terminal.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace haina {

// The first column is aligned left, the others right; a rule stands under the head.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> head) : rows_{std::move(head)} {}
  // As many cells as the head has.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace haina

#include "pipeline/export_split.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <cmath>
#include <string_view>
#include <system_error>

#include "base/files.h"
#include "data/hold_out_rules.h"
#include "data/split.h"

namespace haina {
namespace {

constexpr const char* kHeader = "user,item,action,value,time,goal\n";

// As RFC 4180 writes a cell.
std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + '"';
}

std::string seconds_text(int64_t micros) {
  constexpr int64_t kSecond = 1'000'000;
  return micros == kNoTime       ? ""
         : micros % kSecond == 0 ? fmt::format("{}", micros / kSecond)
                                 : fmt::format("{:.6f}", static_cast<double>(micros) / kSecond);
}

}  // namespace

Result<std::map<std::string, int64_t>> export_split(const Dataset& dataset, const Config& config,
                                                    const std::filesystem::path& folder) {
  HAINA_TRY(const Split split, make_split(dataset, config.split));
  const std::map<uint8_t, std::string> name_of_part = {{kTrain, "train.csv"},
                                                       {kValidation, "validation.csv"},
                                                       {kTest, "test.csv"},
                                                       {kValidationFoldIn, "validation_known.csv"},
                                                       {kTestFoldIn, "test_known.csv"}};
  std::map<std::string, std::string> files = {
      {"train.csv", kHeader}, {"validation.csv", kHeader}, {"test.csv", kHeader}};
  std::map<std::string, int64_t> rows = {{"train.csv", 0}, {"validation.csv", 0}, {"test.csv", 0}};
  const EventLog& log = dataset.events;
  for (int64_t i = 0; i < log.size(); ++i) {
    const auto name = name_of_part.find(split.part.const_data_ptr<uint8_t>()[i]);
    if (name == name_of_part.end()) {
      continue;
    }
    std::string& text = files.try_emplace(name->second, kHeader).first->second;
    const float value = log.value.const_data_ptr<float>()[i];
    text +=
        fmt::format("{},{},{},{},{},{}\n", csv_cell(dataset.users.name(log.user.const_data_ptr<int32_t>()[i])),
                    csv_cell(dataset.items.name(log.item.const_data_ptr<int32_t>()[i])),
                    csv_cell(dataset.actions.name(log.action.const_data_ptr<uint8_t>()[i])),
                    std::isnan(value) ? "" : fmt::format("{}", value),
                    seconds_text(log.time.const_data_ptr<int64_t>()[i]), log.goal.const_data_ptr<bool>()[i] ? 1 : 0);
    ++rows[name->second];
  }
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return fail(
        {ErrorCode::kIo, "cannot create the folder: " + error.message(), folder.string(), "name another folder"});
  }
  for (const auto& [name, text] : files) {
    HAINA_OK(write_text(folder / name, text));
  }
  return rows;
}

}  // namespace haina

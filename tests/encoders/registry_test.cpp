// The list of encoders, and the choice of one for a field.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "encoders/encoder.h"
#include "small_fields.h"

namespace haina {
namespace {

using Settings = std::map<std::string, nlohmann::json>;

TEST(EncoderRegistry, HasEveryEntryOfTheFolderOnce) {
  std::set<std::string> defined, registered;
  const std::regex definition(R"(EncoderEntry (\w+)_encoder_entry\(\) \{)");
  for (const auto& file : std::filesystem::directory_iterator(HAINA_SOURCE_DIR "/src/encoders")) {
    std::ifstream stream(file.path());
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    for (std::sregex_iterator hit(text.begin(), text.end(), definition), end; hit != end; ++hit) {
      EXPECT_TRUE(defined.insert((*hit)[1]).second) << (*hit)[1];
    }
  }
  for (const EncoderEntry& entry : encoder_entries()) {
    EXPECT_TRUE(registered.insert(entry.name).second) << entry.name;
  }
  EXPECT_EQ(registered, defined) << "add a line HAINA_ENCODER(NAME) to src/encoders/encoders.def";
}

TEST(ChooseEncoder, TheFieldComesBeforeItsTypeAndTheTypeBeforeTheDefault) {
  const Field text = small_field(FieldType::kText);
  const auto chosen = [&](const Settings& settings) { return choose_encoder(text, settings, "haina.toml").value(); };
  EXPECT_EQ(chosen({}).entry->name, "text");
  EXPECT_EQ(chosen({{"number", {{"bins", 5}}}}).entry->name, "text");
  EXPECT_EQ(chosen({{"text", {{"encoder", "hashed_text"}}}}).entry->name, "hashed_text");
  EXPECT_EQ(chosen({{"text", "hashed_text"}}).entry->name, "hashed_text");
  const Settings both = {{"text", {{"encoder", "text"}}},
                         {"small.cells", {{"encoder", "hashed_text"}, {"buckets", 64}}}};
  EXPECT_EQ(chosen(both).entry->name, "hashed_text");
  EXPECT_EQ(chosen(both).params.integer("buckets"), 64);
  EXPECT_EQ(chosen(both).params.integer("min_df"), 2);
  EXPECT_EQ(chosen({{"text", {{"rank", 8}}}}).params.integer("rank"), 8) << "parameters of the default encoder";
}

TEST(ChooseEncoder, AnEncoderOfAnotherTypeIsAnErrorThatNamesTheRightOnes) {
  const auto choice =
      choose_encoder(small_field(FieldType::kText), {{"small.cells", {{"encoder", "number"}}}}, "haina.toml:9:1");
  ASSERT_FALSE(choice);
  EXPECT_EQ(choice.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(choice.error().at, "haina.toml:9:1");
  EXPECT_NE(choice.error().what.find("'number' does not serve text fields"), std::string::npos);
  EXPECT_NE(choice.error().hint.find("text, hashed_text"), std::string::npos);
}

TEST(ChooseEncoder, UnknownNamesAndParametersAreErrorsWithSuggestions) {
  const Field text = small_field(FieldType::kText);
  const auto hint = [&](const nlohmann::json& setting) {
    const auto choice = choose_encoder(text, {{"text", setting}}, "here");
    EXPECT_FALSE(choice);
    return choice ? std::string() : choice.error().hint;
  };
  EXPECT_NE(hint({{"encoder", "hased_text"}}).find("hashed_text"), std::string::npos);
  EXPECT_NE(hint({{"rnak", 8}}).find("rank"), std::string::npos);
  EXPECT_NE(hint({{"rank", 0}}).find("1"), std::string::npos);
  EXPECT_FALSE(hint(7).empty());
  EXPECT_FALSE(hint({{"encoder", 7}}).empty());
}

TEST(ChooseEncoder, AFieldThatNoEncoderServesHasNone) {
  const Field media = small_field(FieldType::kMedia);
  EXPECT_EQ(choose_encoder(media, {}, "").value().entry, nullptr);
  EXPECT_FALSE(choose_encoder(media, {{"media", {{"rank", 3}}}}, "here"));
}

TEST(CheckEncoderSettings, KeysMustBeFieldsOrTypes) {
  const std::vector<Field> fields = {small_field(FieldType::kText)};
  EXPECT_TRUE(check_encoder_settings(fields, {{"small.cells", {}}, {"number", {}}}, ""));
  const Status status = check_encoder_settings(fields, {{"small.cell", {}}}, "haina.toml");
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().hint.find("small.cells"), std::string::npos);
}

}  // namespace
}  // namespace haina

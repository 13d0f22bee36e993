// The reference page, the schema and the defaults come from the tables.
#include "config/reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "config/sections.h"
#include "toml_fixture.h"

namespace haina {
namespace {

using Json = nlohmann::json;

const std::filesystem::path kDocs = std::filesystem::path(HAINA_SOURCE_DIR) / "docs";

// With HAINA_UPDATE_DOCS set, writes the file instead of comparing it.
void expect_committed(const std::filesystem::path& file, const std::string& text) {
  if (std::getenv("HAINA_UPDATE_DOCS") != nullptr) {
    ASSERT_TRUE(write_text(file, text));
  }
  const auto committed = read_text(file);
  ASSERT_TRUE(committed) << to_text(committed.error());
  EXPECT_EQ(*committed, text) << "run this test with HAINA_UPDATE_DOCS=1 and commit " << file;
}

TEST(Reference, WhatOthersKnowOfASectionFollowsIt) {
  const std::string page = config_reference({{"train", "more of training\n"}});
  EXPECT_LT(page.find("\n## [train]"), page.find("more of training"));
  EXPECT_LT(page.find("more of training"), page.find("\n## [serve]"));
  EXPECT_EQ(config_reference({}).find("more of training"), std::string::npos);
}

TEST(Reference, TheCommittedSchemaIsTheGeneratedOne) {
  expect_committed(kDocs / "haina.schema.json", config_schema().dump(1) + "\n");
}

TEST(Reference, EveryKeyIsExplainedInTheSchema) {
  const nlohmann::ordered_json schema = config_schema();
  for (const Section& section : config_sections()) {
    const auto& properties = schema.at("properties").at(section.key);
    const auto& keys = section.repeated ? properties.at("items") : properties;
    for (const KeyInfo& key : section.info.keys) {
      ASSERT_TRUE(keys.at("properties").contains(key.name)) << key.name;
      EXPECT_FALSE(key.doc.empty()) << key.name;
      if (key.rules.old_name != nullptr) {
        EXPECT_EQ(keys.at("properties").at(key.rules.old_name).at("deprecated"), true);
      }
    }
  }
}

using Sections = TomlTest;

TEST_F(Sections, TheExamplesOfThePageLoadTogether) {
  std::string text;
  for (const Section& section : config_sections()) {
    text += section.info.example + "\n";
  }
  const auto config = load(text);
  ASSERT_TRUE(config) << to_text(config.error()) << "\n" << text;
  EXPECT_TRUE(warnings_.empty());
  EXPECT_EQ(config->sources.size(), 2U);
  EXPECT_EQ(config->serve.rules.size(), 2U);
}

// TOML of a section with every default written out. An empty string, list or table is left out where it means "not
// set".
template <class S>
std::string defaults_as_toml(const KeyTable<S>& table) {
  std::string text = table.name + "\n";
  for (const Key<S>& key : table.keys) {
    const Json& value = key.info.fallback;
    if (!value.is_null() && !value.is_object()) {
      text += key.info.name + " = " + value.dump() + "\n";
    }
  }
  return text;
}

template <class S>
void expect_equal(const KeyTable<S>& table, const S& section, const S& other) {
  for (const Key<S>& key : table.keys) {
    EXPECT_EQ(key.to_json(section), key.to_json(other)) << table.name << " " << key.info.name;
  }
}

TEST_F(Sections, DefaultsWrittenOutChangeNothing) {
  const auto without = load(kSource);
  const auto with =
      load(defaults_as_toml(project_keys()) + kSource + defaults_as_toml(clean_keys()) +
           defaults_as_toml(split_keys()) + defaults_as_toml(train_keys()) + defaults_as_toml(serve_keys()));
  ASSERT_TRUE(without) << to_text(without.error());
  ASSERT_TRUE(with) << to_text(with.error());
  EXPECT_TRUE(warnings_.empty());
  expect_equal(project_keys(), *with, *without);
  expect_equal(clean_keys(), with->clean, without->clean);
  expect_equal(split_keys(), with->split, without->split);
  expect_equal(train_keys(), with->train, without->train);
  expect_equal(serve_keys(), with->serve, without->serve);
}

TEST_F(Sections, DefaultsAreThoseOfTheStructs) {
  const auto config = load(kSource);
  ASSERT_TRUE(config) << to_text(config.error());
  EXPECT_EQ(config->split.by, SplitBy::kTime);
  EXPECT_FALSE(config->split.validation_by.has_value());
  EXPECT_EQ(config->train.network, NetworkChoice::kAuto);
  EXPECT_EQ(config->train.metric, "ndcg@10");
  EXPECT_EQ(config->train.seed, 7U);
  EXPECT_EQ(config->serve.history, 500);
  EXPECT_EQ(config->sources[0].header, HeaderLine::kDetect);
  EXPECT_EQ(config->sources[0].part, Part::kAll);
  EXPECT_DOUBLE_EQ(config->sources[0].max_rejects, 0.05);
}

TEST(NamedEnum, IsItsNameInJson) {
  const Json json = {{"split", SplitBy::kNewUsers}, {"none", std::optional<ValidationBy>()}};
  EXPECT_EQ(json.dump(), R"({"none":null,"split":"new_users"})");
  EXPECT_EQ(parse_enum<SplitBy>("leave_last"), SplitBy::kLeaveLast);
  EXPECT_FALSE(parse_enum<SplitBy>("").has_value());
  EXPECT_EQ(to_string(SourceKind::kSocial), "social");
  EXPECT_EQ(names_of<Side>(), (std::vector<std::string>{"user", "item"}));
}

}  // namespace
}  // namespace haina

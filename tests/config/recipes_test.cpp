// Every recipe of the reference is a configuration that loads.
#include "config/recipes.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "base/error.h"
#include "config/reference.h"
#include "toml_fixture.h"

namespace haina {
namespace {

using Recipes = TomlTest;

TEST_F(Recipes, EachLoadsWithoutAWarning) {
  EXPECT_GE(config_recipes().size(), 10U);
  for (const Recipe& recipe : config_recipes()) {
    const auto config = load(recipe.toml);
    ASSERT_TRUE(config) << recipe.name << ": " << to_text(config.error());
    EXPECT_TRUE(warnings_.empty()) << recipe.name << ": " << warnings_.front();
    for (const SourceConfig& source : config->sources) {
      EXPECT_TRUE(!source.columns.empty() || source.kind == SourceKind::kMedia) << recipe.name << ": " << source.name;
    }
  }
}

TEST_F(Recipes, ShowEveryKindButValuesAndLinks) {
  std::set<SourceKind> kinds;
  for (const Recipe& recipe : config_recipes()) {
    const auto config = load(recipe.toml);
    ASSERT_TRUE(config) << recipe.name;
    for (const SourceConfig& source : config->sources) {
      kinds.insert(source.kind);
    }
  }
  EXPECT_EQ(kinds, (std::set<SourceKind>{SourceKind::kEvents, SourceKind::kImpressions, SourceKind::kItems,
                                         SourceKind::kSocial, SourceKind::kVectors, SourceKind::kMedia}));
}

TEST_F(Recipes, StandInTheReference) {
  const std::string reference = config_reference({});
  for (const Recipe& recipe : config_recipes()) {
    EXPECT_NE(reference.find(std::string("### ") + recipe.name), std::string::npos) << recipe.name;
    EXPECT_NE(reference.find(recipe.toml), std::string::npos) << recipe.name;
  }
}

}  // namespace
}  // namespace haina

#include "data/assembly/entity_resolution.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "base/files.h"
#include "data/dictionary_of.h"
#include "data/formats/read_source.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

TEST(PairsByTitle, EachRowIsInOnePairAndTheMostSimilarPairGoesFirst) {
  const std::vector<Named> from = {{"1", "Magnificent Seven, The", 1954},
                                   {"2", "Seven Samurai (The Magnificent Seven) (1954)", {}}};
  const std::vector<Named> to = {{"x", "Seven Samurai (The Magnificent Seven) (1954)", {}}};
  const auto pairs = pairs_by_title(from, to, 0.9);
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].from, 1U);
}

TEST(PairsByKey, PairEachKeyOnceAndNeverTheEmptyKey) {
  const auto pairs =
      pairs_by_key({{"1", "A-1", {}}, {"2", "a1", {}}, {"3", "--", {}}}, {{"x", "a 1", {}}, {"y", "!", {}}});
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0].from, 0U);
}

struct Catalog {
  SourceConfig source;
  std::shared_ptr<arrow::Table> table;
};

Catalog read_catalog(const std::string& name, const fs::path& path, std::vector<ColumnConfig> columns,
                     const std::string& delimiter, const std::string& header) {
  Catalog catalog;
  catalog.source.name = name;
  catalog.source.kind = SourceKind::kItems;
  catalog.source.path = path.string();
  catalog.source.delimiter = delimiter;
  catalog.source.header = *parse_enum<HeaderLine>(header);
  catalog.source.quote = Quoting::kNone;
  catalog.source.columns = std::move(columns);
  const auto read = read_source(catalog.source, {});
  EXPECT_TRUE(read) << to_text(read.error());
  catalog.table = read ? read->table : nullptr;
  return catalog;
}

ColumnConfig column(const std::string& name, const std::string& role, const std::string& type = "") {
  return {.column = name, .role = role, .type = type, .separator = "", .place = "haina.toml:1:1"};
}

// All of MovieLens-100K against MovieLens-1M, whose true pairs are published.
TEST(Align, FindsTheFilmsOfOneCatalogInTheOther) {
  const char* const named = std::getenv("HAINA_DATA");
  const fs::path data = named != nullptr ? fs::path(named) : fs::path(HAINA_SOURCE_DIR) / ".." / "shared" / "data";
  if (!fs::exists(data / "ml-100k" / "to_ml1m.tsv") || !fs::exists(data / "ml-1m-multimodal" / "movies.dat")) {
    GTEST_SKIP() << "NO DATA: set HAINA_DATA to a folder with ml-100k/ and ml-1m-multimodal/";
  }
  Catalog small = read_catalog(
      "small", data / "ml-100k" / "ml-100k.item",
      {column("item_id", "item"), column("movie_title", "", "text"), column("release_year", "", "category")}, "\t",
      "yes");
  Catalog large = read_catalog("large", data / "ml-1m-multimodal" / "movies.dat",
                               {column("#1", "item"), column("#2", "name")}, "::", "no");
  Config config;
  AlignConfig align;
  align.source = "small";
  align.to = "large";
  align.by = AlignBy::kTitle;
  align.column = "movie_title";
  align.to_column = "#2";
  align.year = "release_year";
  config.align = {align};
  std::vector<SourceTable> tables = {{&small.source, small.table}, {&large.source, large.table}};
  QualityReport quality;
  const Status aligned = align_sources(config, tables, quality);
  ASSERT_TRUE(aligned) << to_text(aligned.error());

  std::map<std::string, std::string> truth;
  const std::string text = *read_text(data / "ml-100k" / "to_ml1m.tsv");
  std::istringstream lines(text);
  std::string line, from, to;
  for (std::getline(lines, line); lines >> from >> to && std::getline(lines, line);) {
    truth[from] = to;
  }
  ASSERT_EQ(truth.size(), 1670U);
  double right = 0, wrong = 0;
  for (const nlohmann::json& pair : quality.alignments[0]["pairs"]) {
    const auto found = truth.find(pair[0].get<std::string>());
    const bool is_right = found != truth.end() && found->second == pair[1].get<std::string>();
    (is_right ? right : wrong) += 1;
    if (!is_right) {
      std::printf("wrong: %s\n", pair.dump().c_str());
    }
  }
  const double precision = right / (right + wrong), recall = right / static_cast<double>(truth.size());
  std::printf("ML-100K in ML-1M: precision %.4f, recall %.4f of %zu\n", precision, recall, truth.size());
  EXPECT_GE(precision, 0.98);
  EXPECT_GE(recall, 0.98);

  // The table has the ids that the report says, and no row is lost.
  EXPECT_EQ(tables[0].table->num_rows(), small.table->num_rows());
  const arrow::Array* const ids = column_of(*tables[0].table, "item");
  int64_t own = 0;
  for (int64_t r = 0; r < ids->length(); ++r) {
    own += text_at(ids, r).starts_with("small:") ? 1 : 0;
  }
  EXPECT_EQ(own + std::ssize(quality.alignments[0]["pairs"]), ids->length());
}

TEST(Align, AnUnknownSourceOrColumnIsAnsweredWithTheNearest) {
  Config config;
  AlignConfig align;
  align.source = "smal";
  align.to = "small";
  align.by = AlignBy::kKey;
  align.place = "haina.toml:7:1";
  config.align = {align};
  SourceConfig source;
  source.name = "small";
  source.columns = {column("id", "item")};
  std::vector<SourceTable> tables = {
      {&source, arrow::Table::Make(arrow::schema({arrow::field("item", dictionary_type())}), {dictionary_of({"a"})})}};
  QualityReport quality;
  EXPECT_NE(align_sources(config, tables, quality).error().hint.find("small"), std::string::npos);
  config.align[0].source = "small";
  config.align[0].column = "titel";
  const auto status = align_sources(config, tables, quality);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().at, "haina.toml:7:1");
}

}  // namespace
}  // namespace haina

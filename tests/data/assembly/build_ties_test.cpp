#include "data/assembly/build_ties.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "data/dictionary_of.h"
#include "data/field_type.h"

namespace haina {
namespace {

Dataset small_dataset() {
  Dataset dataset;
  for (const char* const id : {"ann", "bob", "cem"}) {
    dataset.users.find_or_add(id);
  }
  for (const char* const id : {"x", "y", "z"}) {
    dataset.items.find_or_add(id);
  }
  return dataset;
}

struct Source {
  SourceConfig config;
  std::shared_ptr<arrow::Table> table;
};

Source source_of(const char* name, SourceKind kind,
                 const std::vector<std::pair<std::string, std::vector<std::string>>>& columns) {
  Source source;
  source.config.name = name;
  source.config.kind = kind;
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [column, cells] : columns) {
    fields.push_back(arrow::field(column, dictionary_type()));
    arrays.push_back(dictionary_of(cells));
  }
  source.table = arrow::Table::Make(arrow::schema(fields), arrays);
  return source;
}

// The ties of a row with their weights, by name.
std::map<std::string, float> ties_of(const Field& field, int32_t row, const Dataset& dataset) {
  std::map<std::string, float> ties;
  const std::vector<std::string> names = entry_of(field.type).to_text(field, row, target_names(field, dataset));
  for (size_t i = 0; i < names.size(); ++i) {
    ties[names[i]] = field.bags.row_values(row)[i];
  }
  return ties;
}

using Ties = std::map<std::string, float>;

TEST(TieFields, FriendsAndLinksSkipUnknownIdsAndKeepWeights) {
  Dataset dataset = small_dataset();
  Source social = source_of("follows", SourceKind::kSocial,
                            {{"user", {"ann", "ann", "stranger"}}, {"other", {"bob", "who", "cem"}}});
  arrow::DoubleBuilder weights;
  ASSERT_TRUE(weights.AppendValues(std::vector<double>{0.5, 1, 1}).ok());
  social.table = *social.table->AddColumn(2, arrow::field("weight", arrow::float64()),
                                          std::make_shared<arrow::ChunkedArray>(*weights.Finish()));
  const Source links = source_of("also", SourceKind::kLinks, {{"item", {"x", "x"}}, {"other", {"z", "y"}}});
  add_tie_fields({{&social.config, social.table}, {&links.config, links.table}}, dataset);
  ASSERT_EQ(dataset.fields.size(), 2U);
  const Field &friends = dataset.fields[0], &also = dataset.fields[1];
  EXPECT_EQ(friends.full_name(), "follows.friends");
  EXPECT_EQ(friends.type, FieldType::kSocial);
  EXPECT_EQ(friends.side, Side::kUser);
  EXPECT_EQ(ties_of(friends, 0, dataset), (Ties{{"bob", 0.5F}}));
  EXPECT_TRUE(friends.bags.row(1).empty());
  EXPECT_EQ(also.full_name(), "also.links");
  EXPECT_EQ(also.type, FieldType::kLinks);
  EXPECT_EQ(ties_of(also, 0, dataset), (Ties{{"y", 1}, {"z", 1}}));
}

TEST(TieFields, TriplesBecomeTagsOfTheItemsThatStandForHeadOrTail) {
  Dataset dataset = small_dataset();
  const Source linker =
      source_of("kg_link", SourceKind::kLinks, {{"item", {"x", "y", "none"}}, {"entity", {"e1", "e2", "e3"}}});
  const Source triples = source_of(
      "kg", SourceKind::kLinks, {{"head", {"e1", "e9"}}, {"relation", {"director", "sequel"}}, {"tail", {"p1", "e2"}}});
  add_tie_fields({{&triples.config, triples.table}, {&linker.config, linker.table}}, dataset);
  ASSERT_EQ(dataset.fields.size(), 1U);
  const Field& entities = dataset.fields[0];
  EXPECT_EQ(entities.full_name(), "kg.entities");
  EXPECT_EQ(entities.target, Field::Target::kValues);
  EXPECT_EQ(ties_of(entities, 0, dataset), (Ties{{"director|p1", 1}}));
  EXPECT_EQ(ties_of(entities, 1, dataset), (Ties{{"~sequel|e9", 1}}));
  EXPECT_TRUE(entities.bags.row(2).empty());
}

TEST(TieFields, TriplesWithoutEntitiesOfItemsGiveNoField) {
  Dataset dataset = small_dataset();
  const Source triples =
      source_of("kg", SourceKind::kLinks, {{"head", {"e1"}}, {"relation", {"director"}}, {"tail", {"p1"}}});
  add_tie_fields({{&triples.config, triples.table}}, dataset);
  EXPECT_TRUE(dataset.fields.empty());
}

TEST(TieFields, LiveTiesJoinThoseOfTheFiles) {
  Dataset dataset = small_dataset();
  const Source files = source_of("follows", SourceKind::kSocial, {{"user", {"ann"}}, {"other", {"bob"}}});
  Source live = source_of("follows", SourceKind::kSocial, {{"user", {"ann", "cem"}}, {"other", {"cem", "ann"}}});
  live.config.live = true;
  add_tie_fields({{&files.config, files.table}, {&live.config, live.table}}, dataset);
  ASSERT_EQ(dataset.fields.size(), 1U);
  EXPECT_EQ(ties_of(dataset.fields[0], 0, dataset), (Ties{{"bob", 1}, {"cem", 1}}));
  EXPECT_EQ(ties_of(dataset.fields[0], 2, dataset), (Ties{{"ann", 1}}));
}

// A graph's ids say nothing to a reader; entities that share a name stay apart.
TEST(TieFields, EntitiesAreCalledByTheirLabels) {
  Source ids = source_of("is", SourceKind::kLinks, {{"item", {"x", "y"}}, {"entity", {"m.1", "m.2"}}});
  ids.config.columns.resize(1);
  ids.config.columns[0].column = "entity_id";
  ids.config.columns[0].role = "entity";
  const Source graph =
      source_of("graph", SourceKind::kLinks,
                {{"head", {"m.1", "m.1", "m.2"}}, {"relation", {"by", "by", "by"}}, {"tail", {"m.7", "m.8", "m.9"}}});
  Source names = source_of("names", SourceKind::kValues,
                           {{"entity", {"m.7", "m.8", "m.9"}}, {"name", {"John Smith", "John Smith", "Agnès Varda"}}});
  for (const char* const of : {"is.entity", "is.entity_id"}) {
    names.config.of = of;
    const std::vector<SourceTable> tables = {
        {&ids.config, ids.table}, {&graph.config, graph.table}, {&names.config, names.table}};
    const auto labels = value_labels(tables);
    ASSERT_TRUE(labels) << to_text(labels.error());
    Dataset dataset = small_dataset();
    add_tie_fields(tables, dataset, *labels);
    const Field& field = dataset.fields.back();
    EXPECT_EQ(ties_of(field, 0, dataset), (Ties{{"by|John Smith (m.7)", 1}, {"by|John Smith (m.8)", 1}}));
    EXPECT_EQ(ties_of(field, 1, dataset), (Ties{{"by|Agnès Varda", 1}}));
  }
}

}  // namespace
}  // namespace haina

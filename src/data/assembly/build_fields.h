// From the columns of users and items, and from the tags that users assigned, to fields aligned with the rows of the
// dataset. Rows of ids that the dataset does not have (outside the core) are skipped.
#pragma once

#include <cstdint>
#include <string>

#include "config/config.h"
#include "data/assembly/assemble.h"
#include "data/assembly/value_labels.h"
#include "data/cleaning/quality_report.h"
#include "data/dataset.h"
#include "data/field.h"

namespace haina {

// A field of that source without values. num_rows: users or items of the dataset.
Field new_field(const SourceConfig& source, const std::string& name, Side side, FieldType type, int64_t num_rows);
// Whether `field` is of a live source and was joined to the field of the same name that the files gave.
bool join_live_rows(const Field& field, const SourceConfig& source, Dataset& dataset);

// The fields of a table of users or items: one for each column that is not an id. Outliers become missing.
void add_entity_fields(const SourceTable& source, Side side, const CleanConfig& clean, const ValueLabels& labels,
                       Dataset& dataset, QualityReport& quality);
// Tags that users assigned to items: a field with authors.
void add_assigned_tags(const SourceTable& source, const ValueLabels& labels, Dataset& dataset);
// The title of an item: the first text field named like a title, else the first text field, else the id.
void set_titles(Dataset& dataset);

}  // namespace haina

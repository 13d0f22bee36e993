// The prepared dataset as a folder that Python reads with pyarrow and safetensors alone: flat columns as Arrow IPC,
// everything ragged or with more than one dimension as tensors.
#include "data/dataset.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "base/files.h"
#include "base/tensors_file.h"
#include "data/arrow_columns.h"
#include "data/field_type.h"
#include "kernels/csr_tensors.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSchema = "haina.dataset/1";

Vocabulary vocabulary_of(const std::vector<std::string>& names) {
  Vocabulary vocabulary;
  for (const std::string& name : names) {
    vocabulary.find_or_add(name);
  }
  return vocabulary;
}

// Whether all of `rows` lie in [least, bound).
bool in_range(const at::Tensor& rows, int64_t least, int64_t bound) {
  return rows.numel() == 0 || (rows.min().item<int64_t>() >= least && rows.max().item<int64_t>() < bound);
}

struct EventColumn {
  const char* name;
  at::Tensor EventLog::* member;
  at::ScalarType dtype;
  std::shared_ptr<arrow::DataType> (*type)();
};
std::shared_ptr<arrow::DataType> micros() { return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"); }
std::shared_ptr<arrow::DataType> i32() { return arrow::int32(); }
std::shared_ptr<arrow::DataType> u8() { return arrow::uint8(); }
std::shared_ptr<arrow::DataType> f32() { return arrow::float32(); }
// A missing time is the smallest int64; `goal` is a byte, 0 or 1.
const EventColumn kEventColumns[] = {
    {"user", &EventLog::user, at::kInt, i32},       {"item", &EventLog::item, at::kInt, i32},
    {"action", &EventLog::action, at::kByte, u8},   {"value", &EventLog::value, at::kFloat, f32},
    {"weight", &EventLog::weight, at::kFloat, f32}, {"time", &EventLog::time, at::kLong, micros},
    {"goal", &EventLog::goal, at::kByte, u8},       {"part", &EventLog::part, at::kByte, u8}};

std::string context_key(const std::string& name) { return "context:" + name; }

nlohmann::json save_field(const Field& field, const std::string& key, TensorMap& tensors) {
  entry_of(field.type).save(field, key, tensors);
  return {{"source", field.source},
          {"name", field.name},
          {"side", to_string(field.side)},
          {"type", static_cast<int>(field.type)},
          {"type_name", to_string(field.type)},
          {"rows", field.num_rows},
          {"target", static_cast<int>(field.target)},
          {"tensors", key}};
}

Result<Field> load_field(const nlohmann::json& about, const TensorMap& tensors, const DatasetSize& size,
                         const std::string& where) {
  Field field;
  field.source = about.at("source");
  field.name = about.at("name");
  field.side = about.at("side") == "user" ? Side::kUser : Side::kItem;
  field.num_rows = about.at("rows");
  const int target = about.at("target"), type = about.at("type");
  if (type < 0 || type >= std::ssize(field_type_entries()) || target < 0 ||
      target > static_cast<int>(Field::Target::kUsers)) {
    return fail({ErrorCode::kBadData,
                 fmt::format("field '{}' has the unknown type {} or target {}", field.full_name(), type, target), where,
                 kPrepareAgain});
  }
  field.type = static_cast<FieldType>(type);
  field.target = static_cast<Field::Target>(target);
  HAINA_OK(entry_of(field.type).load(field, tensors, about.at("tensors"), where));
  // A damaged file must not become an index outside a matrix.
  if (!entry_of(field.type).is_sound(field, size)) {
    return fail({ErrorCode::kBadData, fmt::format("field '{}' does not fit the dataset", field.full_name()), where,
                 kPrepareAgain});
  }
  return field;
}

Status load_ids(const fs::path& folder, Dataset& dataset) {
  HAINA_TRY(const ColumnsFile users, ColumnsFile::open(folder / "users.arrow"));
  HAINA_TRY(const ColumnsFile items, ColumnsFile::open(folder / "items.arrow"));
  HAINA_TRY(const std::vector<std::string> user_ids, users.texts("id"));
  HAINA_TRY(const std::vector<std::string> item_ids, items.texts("id"));
  HAINA_TRY(dataset.titles, items.texts("title"));
  dataset.users = vocabulary_of(user_ids);
  dataset.items = vocabulary_of(item_ids);
  if (std::ssize(user_ids) != dataset.users.size() || std::ssize(item_ids) != dataset.items.size() ||
      item_ids.size() != dataset.titles.size()) {
    return fail({ErrorCode::kBadData, "an id occurs twice, or an item has no title", (folder / "items.arrow").string(),
                 kPrepareAgain});
  }
  return ok();
}

// Needs users, items and actions.
Status load_events(const fs::path& path, const nlohmann::json& context_names, const TensorMap& tensors,
                   Dataset& dataset) {
  HAINA_TRY(const ColumnsFile file, ColumnsFile::open(path));
  for (const EventColumn& column : kEventColumns) {
    HAINA_TRY(dataset.events.*column.member, file.tensor(column.name, column.dtype, *column.type()));
  }
  dataset.events.goal = dataset.events.goal.to(at::kBool);
  bool sound = in_range(dataset.events.user, 0, dataset.users.size()) &&
               in_range(dataset.events.item, 0, dataset.items.size()) &&
               in_range(dataset.events.action, 0, dataset.actions.size());
  for (const nlohmann::json& name : context_names) {
    ContextColumn context;
    context.name = name;
    HAINA_TRY(context.codes, file.tensor(context_key(context.name), at::kInt, *arrow::int32()));
    HAINA_TRY(context.values, Vocabulary::unpack(context_key(context.name), tensors, path.string()));
    sound = sound && in_range(context.codes, -1, context.values.size());
    dataset.context.push_back(std::move(context));
  }
  if (!sound) {
    return fail({ErrorCode::kBadData, "an event names a user, item, action or context value that does not exist",
                 path.string(), kPrepareAgain});
  }
  return ok();
}

// Needs users and items.
Status load_fields(const nlohmann::json& list, const TensorMap& tensors, const std::string& where, Dataset& dataset) {
  const DatasetSize size = {dataset.users.size(), dataset.items.size()};
  if (tensors.contains("negatives.offsets")) {
    HAINA_TRY(dataset.negatives, take_csr(tensors, "negatives", where));
    if (dataset.negatives.num_rows() != size.users || dataset.negatives.num_cols != size.items) {
      return fail({ErrorCode::kBadData, "the negatives have another number of users or items than the dataset", where,
                   kPrepareAgain});
    }
  }
  for (const nlohmann::json& about : list) {
    HAINA_TRY(Field field, load_field(about, tensors, size, where));
    dataset.fields.push_back(std::move(field));
  }
  return ok();
}

}  // namespace

const Vocabulary& target_names(const Field& field, const Dataset& dataset) {
  return field.target == Field::Target::kItems   ? dataset.items
         : field.target == Field::Target::kUsers ? dataset.users
                                                 : field.values;
}

Status save_dataset(const Dataset& dataset, const fs::path& folder) {
  HAINA_TRY(AtomicFolder atomic, AtomicFolder::create(folder));
  NamedArrays events;
  for (const EventColumn& column : kEventColumns) {
    const at::Tensor values = dataset.events.*column.member;
    events.emplace_back(column.name,
                        array_of(values.scalar_type() == at::kBool ? values.to(at::kByte) : values, column.type()));
  }
  TensorMap tensors;
  nlohmann::json contexts = nlohmann::json::array();
  for (const ContextColumn& context : dataset.context) {
    contexts.push_back(context.name);
    events.emplace_back(context_key(context.name), array_of(context.codes, arrow::int32()));
    context.values.pack(context_key(context.name), tensors);
  }
  HAINA_OK(write_columns(atomic.path() / "events.arrow", events));
  HAINA_OK(write_columns(atomic.path() / "users.arrow", {{"id", dataset.users.to_arrow()}}));
  HAINA_OK(write_columns(atomic.path() / "items.arrow",
                         {{"id", dataset.items.to_arrow()}, {"title", array_of(dataset.titles)}}));
  nlohmann::json fields = nlohmann::json::array();
  for (size_t i = 0; i < dataset.fields.size(); ++i) {
    fields.push_back(save_field(dataset.fields[i], fmt::format("field{}", i), tensors));
  }
  if (dataset.negatives.nnz() > 0) {
    put_csr("negatives", dataset.negatives, tensors);
  }
  HAINA_OK(save_tensors(atomic.path() / "fields.safetensors", tensors));
  return atomic.commit(kSchema, {{"name", dataset.name},
                                 {"actions", dataset.actions.to_strings()},
                                 {"rows_in_order", dataset.rows_in_order},
                                 {"contexts", contexts},
                                 {"fields", fields},
                                 {"quality", dataset.quality},
                                 {"provenance", dataset.provenance}});
}

Result<Dataset> load_dataset(const fs::path& folder) {
  Result<nlohmann::json> manifest = open_manifest(folder, kSchema, Verify::kSizes);
  if (!manifest) {
    Error error = manifest.error();
    if (error.code == ErrorCode::kNotFound) {
      error = {ErrorCode::kNotFound, "no prepared dataset", folder.string(), "run haina prepare"};
    }
    return fail(error);
  }
  Dataset dataset;
  try {
    const nlohmann::json& about = manifest->at("about");
    dataset.name = about.at("name");
    dataset.quality = about.at("quality");
    dataset.rows_in_order = about.value("rows_in_order", true);  // earlier releases took every order for that of time
    dataset.provenance = about.at("provenance");
    dataset.actions = vocabulary_of(about.at("actions").get<std::vector<std::string>>());
    HAINA_OK(load_ids(folder, dataset));
    const fs::path fields_file = folder / "fields.safetensors";
    HAINA_TRY(const TensorMap tensors, load_tensors(fields_file));
    HAINA_OK(load_events(folder / "events.arrow", about.at("contexts"), tensors, dataset));
    HAINA_OK(load_fields(about.at("fields"), tensors, fields_file.string(), dataset));
  } catch (const nlohmann::json::exception&) {
    return fail({ErrorCode::kBadData, "the manifest lacks a key that this version needs",
                 (folder / "manifest.json").string(), kPrepareAgain});
  }
  return dataset;
}

}  // namespace haina

// The prepared dataset as a folder that Python reads with pyarrow and safetensors alone: columns as Arrow IPC, ragged
// and wide things as tensors.
#include "data/dataset.h"

#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>
#include <fmt/format.h>

#include "base/files.h"
#include "base/tensors_file.h"
#include "kernels/csr_tensors.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSchema = "haina.dataset/1";

Error arrow_error(const arrow::Status& status, const fs::path& path, ErrorCode code) {
  return {code, status.message(), path.string(),
          code == ErrorCode::kIo ? "free some disk space or check the permissions" : "run haina prepare again"};
}

// A column over the tensor's own memory.
std::shared_ptr<arrow::Array> column_of(const at::Tensor& tensor, const std::shared_ptr<arrow::DataType>& type) {
  const at::Tensor block = tensor.contiguous();
  auto buffer = std::make_shared<arrow::Buffer>(static_cast<const uint8_t*>(block.const_data_ptr()),
                                                static_cast<int64_t>(block.nbytes()));
  // The array shares the tensor's storage for as long as it lives.
  std::shared_ptr<arrow::Buffer> kept(buffer.get(), [buffer, block](arrow::Buffer*) {});
  return arrow::MakeArray(arrow::ArrayData::Make(type, block.size(0), {nullptr, kept}, 0));
}

// Arrow keeps booleans as bits; the columns here are bytes.
at::Tensor tensor_of(const std::shared_ptr<arrow::Array>& array, at::ScalarType dtype) {
  const auto& data = *array->data();
  const uint8_t* const bytes = data.buffers[1]->data() + data.offset * static_cast<int64_t>(c10::elementSize(dtype));
  return at::from_blob(
      const_cast<uint8_t*>(bytes), {array->length()}, [array](void*) {}, at::TensorOptions().dtype(dtype));
}

Status write_table(const fs::path& path, const std::shared_ptr<arrow::Table>& table) {
  const auto write = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::FileOutputStream::Open(path.string()));
    ARROW_ASSIGN_OR_RAISE(const auto writer, arrow::ipc::MakeFileWriter(file, table->schema()));
    ARROW_RETURN_NOT_OK(writer->WriteTable(*table));
    ARROW_RETURN_NOT_OK(writer->Close());
    return file->Close();
  };
  if (const arrow::Status status = write(); !status.ok()) {
    return fail(arrow_error(status, path, ErrorCode::kIo));
  }
  return ok();
}

// One chunk a column, memory-mapped.
Result<std::shared_ptr<arrow::Table>> read_table(const fs::path& path) {
  const auto read = [&]() -> arrow::Result<std::shared_ptr<arrow::Table>> {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::MemoryMappedFile::Open(path.string(), arrow::io::FileMode::READ));
    ARROW_ASSIGN_OR_RAISE(const auto reader, arrow::ipc::RecordBatchFileReader::Open(file));
    ARROW_ASSIGN_OR_RAISE(const auto table, reader->ToTable());
    ARROW_RETURN_NOT_OK(table->ValidateFull());
    return table->CombineChunks();
  };
  const arrow::Result<std::shared_ptr<arrow::Table>> table = read();
  if (!table.ok()) {
    return fail(arrow_error(table.status(), path, ErrorCode::kBadData));
  }
  return *table;
}

std::shared_ptr<arrow::Table> strings_table(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

std::shared_ptr<arrow::Array> array_of(const std::vector<std::string>& texts) {
  arrow::LargeStringBuilder builder;
  const arrow::Status appended = builder.AppendValues(texts);
  HAINA_ASSERT(appended.ok());
  std::shared_ptr<arrow::Array> array;
  const arrow::Status finished = builder.Finish(&array);
  HAINA_ASSERT(finished.ok());
  return array;
}

Result<std::vector<std::string>> texts_of(const std::shared_ptr<arrow::Table>& table, const std::string& name,
                                          const fs::path& path) {
  const auto column = table->GetColumnByName(name);
  if (column == nullptr || column->type()->id() != arrow::Type::LARGE_STRING) {
    return fail(
        {ErrorCode::kBadData, fmt::format("no text column '{}'", name), path.string(), "run haina prepare again"});
  }
  std::vector<std::string> texts;
  for (const auto& chunk : column->chunks()) {
    const auto& array = static_cast<const arrow::LargeStringArray&>(*chunk);
    for (int64_t i = 0; i < array.length(); ++i) {
      texts.emplace_back(array.GetView(i));
    }
  }
  return texts;
}

Vocabulary vocabulary_of(const std::vector<std::string>& names) {
  Vocabulary vocabulary;
  for (const std::string& name : names) {
    vocabulary.find_or_add(name);
  }
  return vocabulary;
}

// A damaged file must not become an index outside a matrix: every code, tag and author lies inside what it names.
Status check_field(const Field& field, const Dataset& dataset, const std::string& where) {
  const auto inside = [](const at::Tensor& rows, int64_t least, int64_t bound) {
    return !rows.defined() || rows.numel() == 0 ||
           (rows.min().item<int64_t>() >= least && rows.max().item<int64_t>() < bound);
  };
  const int64_t rows = field.side == Side::kUser ? dataset.users.size() : dataset.items.size();
  const int64_t width = field.target == Field::Target::kItems   ? dataset.items.size()
                        : field.target == Field::Target::kUsers ? dataset.users.size()
                                                                : field.values.size();
  bool sound = field.num_rows == rows && inside(field.codes, -1, field.values.size()) &&
               inside(field.assigned_user, 0, dataset.users.size()) &&
               inside(field.assigned_item, 0, dataset.items.size()) &&
               inside(field.assigned_value, 0, field.values.size());
  switch (field.type) {
    case FieldType::kNumber:
    case FieldType::kVector:
      sound = sound && field.numbers.defined();
      break;
    case FieldType::kCategory:
      sound = sound && field.codes.defined();
      break;
    case FieldType::kTags:
    case FieldType::kLinks:
    case FieldType::kSocial:
      sound = sound && field.bags.offsets.defined() && field.bags.num_rows() == rows && field.bags.num_cols == width;
      break;
    case FieldType::kText:
    case FieldType::kMedia:
      sound = sound && std::ssize(field.texts) == rows;
      break;
    case FieldType::kId:
    case FieldType::kBehaviour:
      break;
    default:
      sound = false;
  }
  if (field.has_authors()) {
    sound = sound && field.assigned_item.numel() == field.assigned_user.numel() &&
            field.assigned_value.numel() == field.assigned_user.numel();
  }
  if (!sound) {
    return fail({ErrorCode::kBadData,
                 fmt::format("field '{}' points outside the dataset, or lacks a part", field.full_name()), where,
                 "run haina prepare again"});
  }
  return ok();
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
// A missing time is the least int64; `goal` is a byte, 0 or 1.
const EventColumn kEventColumns[] = {
    {"user", &EventLog::user, at::kInt, i32},       {"item", &EventLog::item, at::kInt, i32},
    {"action", &EventLog::action, at::kByte, u8},   {"value", &EventLog::value, at::kFloat, f32},
    {"weight", &EventLog::weight, at::kFloat, f32}, {"time", &EventLog::time, at::kLong, micros},
    {"goal", &EventLog::goal, at::kByte, u8},       {"part", &EventLog::part, at::kByte, u8}};

Status save_field(const Field& field, size_t index, TensorMap& tensors, nlohmann::json& list) {
  const std::string key = fmt::format("field{}", index);
  list.push_back({{"source", field.source},
                  {"name", field.name},
                  {"side", to_string(field.side)},
                  {"type", static_cast<int>(field.type)},
                  {"type_name", to_string(field.type)},
                  {"rows", field.num_rows},
                  {"target", static_cast<int>(field.target)},
                  {"tensors", key}});
  if (field.numbers.defined()) {
    tensors[key + ".numbers"] = field.numbers;
  }
  if (field.codes.defined()) {
    tensors[key + ".codes"] = field.codes;
  }
  if (field.bags.offsets.defined()) {
    put_csr(key + ".bags", field.bags, tensors);
  }
  if (field.values.size() > 0) {
    field.values.pack(key + ".vocabulary", tensors);
  }
  if (!field.texts.empty()) {
    std::string bytes;
    std::vector<int64_t> ends;
    for (const std::string& text : field.texts) {
      bytes += text;
      ends.push_back(std::ssize(bytes));
    }
    at::Tensor blob = at::empty({std::ssize(bytes)}, at::kByte);
    std::ranges::copy(bytes, static_cast<char*>(blob.data_ptr()));
    tensors[key + ".texts.bytes"] = blob;
    tensors[key + ".texts.ends"] = at::tensor(ends, at::kLong);
  }
  if (field.has_authors()) {
    tensors[key + ".assigned_user"] = field.assigned_user;
    tensors[key + ".assigned_item"] = field.assigned_item;
    tensors[key + ".assigned_value"] = field.assigned_value;
  }
  return ok();
}

Result<Field> load_field(const nlohmann::json& about, const TensorMap& tensors, const std::string& where) {
  Field field;
  field.source = about.at("source");
  field.name = about.at("name");
  field.side = about.at("side") == "user" ? Side::kUser : Side::kItem;
  field.type = static_cast<FieldType>(about.at("type").get<int>());
  field.num_rows = about.at("rows");
  field.target = static_cast<Field::Target>(about.at("target").get<int>());
  const std::string key = about.at("tensors");
  const auto wrong = [&](const char* what) {
    return fail({ErrorCode::kBadData, fmt::format("field '{}': {} of another length", field.full_name(), what), where,
                 "run haina prepare again"});
  };
  if (tensors.contains(key + ".numbers")) {
    HAINA_TRY(field.numbers,
              take_tensor(tensors, key + ".numbers", at::kFloat, field.type == FieldType::kVector ? 2 : 1, where));
    if (field.numbers.size(0) != field.num_rows) {
      return wrong("numbers");
    }
  }
  if (tensors.contains(key + ".codes")) {
    HAINA_TRY(field.codes, take_tensor(tensors, key + ".codes", at::kInt, 1, where));
    if (field.codes.size(0) != field.num_rows) {
      return wrong("codes");
    }
  }
  if (tensors.contains(key + ".bags.offsets")) {
    HAINA_TRY(field.bags, take_csr(tensors, key + ".bags", where));
  }
  if (tensors.contains(key + ".vocabulary.ends")) {
    HAINA_TRY(field.values, Vocabulary::unpack(key + ".vocabulary", tensors, where));
  }
  if (tensors.contains(key + ".texts.ends")) {
    HAINA_TRY(const at::Tensor bytes, take_tensor(tensors, key + ".texts.bytes", at::kByte, 1, where));
    HAINA_TRY(const at::Tensor ends, take_tensor(tensors, key + ".texts.ends", at::kLong, 1, where));
    int64_t begin = 0;
    for (int64_t i = 0; i < ends.size(0); ++i) {
      const int64_t end = ends.const_data_ptr<int64_t>()[i];
      if (end < begin || end > bytes.size(0)) {
        return wrong("texts");
      }
      field.texts.emplace_back(static_cast<const char*>(bytes.const_data_ptr()) + begin,
                               static_cast<size_t>(end - begin));
      begin = end;
    }
    if (std::ssize(field.texts) != field.num_rows) {
      return wrong("texts");
    }
  }
  if (tensors.contains(key + ".assigned_user")) {
    HAINA_TRY(field.assigned_user, take_tensor(tensors, key + ".assigned_user", at::kInt, 1, where));
    HAINA_TRY(field.assigned_item, take_tensor(tensors, key + ".assigned_item", at::kInt, 1, where));
    HAINA_TRY(field.assigned_value, take_tensor(tensors, key + ".assigned_value", at::kInt, 1, where));
  }
  return field;
}

}  // namespace

Status save_dataset(const Dataset& dataset, const fs::path& folder) {
  HAINA_TRY(AtomicFolder atomic, AtomicFolder::create(folder));
  std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>> events;
  for (const EventColumn& column : kEventColumns) {
    at::Tensor values = dataset.events.*column.member;
    events.emplace_back(column.name,
                        column_of(values.scalar_type() == at::kBool ? values.to(at::kByte) : values, column.type()));
  }
  TensorMap tensors;
  nlohmann::json contexts = nlohmann::json::array();
  for (const ContextColumn& context : dataset.context) {
    contexts.push_back(context.name);
    events.emplace_back("context:" + context.name, column_of(context.codes, arrow::int32()));
    context.values.pack("context:" + context.name, tensors);
  }
  HAINA_OK(write_table(atomic.path() / "events.arrow", strings_table(events)));
  HAINA_OK(write_table(atomic.path() / "users.arrow", strings_table({{"id", dataset.users.to_arrow()}})));
  HAINA_OK(write_table(atomic.path() / "items.arrow",
                       strings_table({{"id", dataset.items.to_arrow()}, {"title", array_of(dataset.titles)}})));
  nlohmann::json fields = nlohmann::json::array();
  for (size_t i = 0; i < dataset.fields.size(); ++i) {
    HAINA_OK(save_field(dataset.fields[i], i, tensors, fields));
  }
  if (dataset.negatives.nnz() > 0) {
    put_csr("negatives", dataset.negatives, tensors);
  }
  HAINA_OK(save_tensors(atomic.path() / "fields.safetensors", tensors));
  return atomic.commit(kSchema, {{"name", dataset.name},
                                 {"actions", dataset.actions.to_strings()},
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
  const std::string where = (folder / "manifest.json").string();
  Dataset dataset;
  try {
    const nlohmann::json& about = manifest->at("about");
    dataset.name = about.at("name");
    dataset.quality = about.at("quality");
    dataset.provenance = about.at("provenance");
    dataset.actions = vocabulary_of(about.at("actions").get<std::vector<std::string>>());
    HAINA_TRY(const auto users, read_table(folder / "users.arrow"));
    HAINA_TRY(const auto items, read_table(folder / "items.arrow"));
    HAINA_TRY(const auto events, read_table(folder / "events.arrow"));
    HAINA_TRY(const auto user_ids, texts_of(users, "id", folder / "users.arrow"));
    HAINA_TRY(const auto item_ids, texts_of(items, "id", folder / "items.arrow"));
    HAINA_TRY(dataset.titles, texts_of(items, "title", folder / "items.arrow"));
    if (dataset.titles.size() != item_ids.size()) {
      return fail({ErrorCode::kBadData, "not every item has a title", (folder / "items.arrow").string(),
                   "run haina prepare again"});
    }
    dataset.users = vocabulary_of(user_ids);
    dataset.items = vocabulary_of(item_ids);
    const auto column_tensor = [&](const std::string& name, at::ScalarType dtype,
                                   const arrow::DataType& type) -> Result<at::Tensor> {
      const auto column = events->GetColumnByName(name);
      if (column == nullptr || !column->type()->Equals(type) || column->null_count() > 0 || column->num_chunks() > 1) {
        return fail({ErrorCode::kBadData, fmt::format("no column '{}' as this version writes it", name),
                     (folder / "events.arrow").string(), "run haina prepare again"});
      }
      return column->num_chunks() == 0 ? at::empty({0}, dtype) : tensor_of(column->chunk(0), dtype);
    };
    for (const EventColumn& column : kEventColumns) {
      HAINA_TRY(dataset.events.*column.member, column_tensor(column.name, column.dtype, *column.type()));
    }
    dataset.events.goal = dataset.events.goal.to(at::kBool);
    const auto inside = [&](const at::Tensor& rows, int64_t bound) {
      return rows.numel() == 0 || (rows.min().item<int64_t>() >= 0 && rows.max().item<int64_t>() < bound);
    };
    if (!inside(dataset.events.user, dataset.users.size()) || !inside(dataset.events.item, dataset.items.size()) ||
        !inside(dataset.events.action, dataset.actions.size())) {
      return fail({ErrorCode::kBadData, "an event names a user, item or action that is not there",
                   (folder / "events.arrow").string(), "run haina prepare again"});
    }
    HAINA_TRY(const TensorMap tensors, load_tensors(folder / "fields.safetensors"));
    for (const nlohmann::json& name : about.at("contexts")) {
      ContextColumn context;
      context.name = name;
      HAINA_TRY(context.codes, column_tensor("context:" + context.name, at::kInt, *arrow::int32()));
      HAINA_TRY(context.values, Vocabulary::unpack("context:" + context.name, tensors, where));
      dataset.context.push_back(std::move(context));
    }
    if (tensors.contains("negatives.offsets")) {
      const std::string file = (folder / "fields.safetensors").string();
      HAINA_TRY(dataset.negatives, take_csr(tensors, "negatives", file));
      if (dataset.negatives.num_rows() != dataset.users.size() || dataset.negatives.num_cols != dataset.items.size()) {
        return fail({ErrorCode::kBadData, "the negatives are of another number of users or items", file,
                     "run haina prepare again"});
      }
    }
    for (const nlohmann::json& field : about.at("fields")) {
      HAINA_TRY(Field loaded, load_field(field, tensors, (folder / "fields.safetensors").string()));
      HAINA_OK(check_field(loaded, dataset, (folder / "fields.safetensors").string()));
      dataset.fields.push_back(std::move(loaded));
    }
  } catch (const nlohmann::json::exception&) {
    return fail({ErrorCode::kBadData, "the manifest lacks what this version needs", where, "run haina prepare again"});
  }
  return dataset;
}

}  // namespace haina

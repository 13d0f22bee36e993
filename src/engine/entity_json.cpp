#include "engine/entity_json.h"

namespace haina {
namespace {

using Json = nlohmann::json;

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& one : list.is_array() ? list : Json::array()) {
    if (one.is_string()) {
      texts.push_back(one);
    }
  }
  return texts;
}

Json parsed(const std::string& document) {
  Json json = Json::parse(document, nullptr, false);
  return json.is_object() ? json : Json::object();
}

Cells cells_in(const Json& document) {
  Cells cells;
  const Json object = document.value("cells", Json::object());
  for (const auto& [name, values] : object.items()) {
    cells[name] = texts_of(values);
  }
  return cells;
}

}  // namespace

Cells cells_of_document(const std::string& document) { return cells_in(parsed(document)); }

UserUpdate user_of_document(const std::string& document) {
  const Json json = parsed(document);
  UserUpdate update = {.profile = cells_in(json), .friends = texts_of(json.value("friends", Json::array()))};
  const auto given = json.find("has_friends");  // earlier releases did not write it
  update.has_friends = given != json.end() && given->is_boolean() ? given->get<bool>() : !update.friends.empty();
  return update;
}

Json document_of(const Cells& cells) { return {{"cells", to_json(cells)}}; }

Json document_of(const UserUpdate& update) {
  return {{"cells", to_json(update.profile)}, {"friends", update.friends}, {"has_friends", update.has_friends}};
}

}  // namespace haina

#include "core/fhir/resolved.hpp"

#include <algorithm>
#include <utility>

#include "core/base/result.hpp"
#include "core/fhir/reference.hpp"

namespace fhirwall::fhir {
namespace {

using json::Document;
using json::kNoNode;
using json::NodeIndex;

// The resource at `node` by its own type and id; kNone when it has none.
Resolved::Row row_of(const Document& document, NodeIndex node) {
  const NodeIndex type = document.find(node, "resourceType");
  const NodeIndex id = document.find(node, "id");
  if (type == kNoNode || id == kNoNode || !document.is_string(type) || !document.is_string(id)) {
    return {};
  }
  // Neither a type's name nor an id has a reason to be written with escapes.
  const std::string_view text = document.raw_string(id);
  if (!is_valid_id(text)) {
    return {};
  }
  return {find_resource_type(document.raw_string(type)), text, node};
}

}  // namespace

Error Resolved::load(std::string_view text, const Limits& limits) {
  wipe();
  if (text.size() > limits.max_body_bytes) {
    return {ErrorCode::kTooLarge, limits.max_body_bytes};
  }
  if (!bytes_.append(text)) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  FHIRWALL_TRY(parser_.parse(bytes_.view(), limits));
  const Document& all = document();
  if (!all.is_object(0)) {
    return {ErrorCode::kNotAnObject, all[0].begin};
  }
  for (NodeIndex member = Document::first_child(0), end = all[0].next; member != end;
       member = all[member].next) {
    const std::string_view key = all.key(member);
    if (key.find('?') == std::string_view::npos) {
      const Row row = row_of(all, member);
      const ReferenceParts parts = parse_reference(key);
      if (row.type != TypeId::kNone && parts.form == ReferenceParts::Form::kTypeId &&
          parts.type == row.type && parts.id == row.id) {
        rows_.push_back(row);
      }
      continue;
    }
    const NodeIndex entries = all.find(member, "entry");
    if (entries == kNoNode || !all.is_array(entries)) {
      continue;
    }
    for (NodeIndex entry = Document::first_child(entries), last = all[entries].next; entry != last;
         entry = all[entry].next) {
      const NodeIndex resource = all.find(entry, "resource");
      const Row row = resource == kNoNode ? Row{} : row_of(all, resource);
      if (row.type != TypeId::kNone) {
        rows_.push_back(row);
      }
    }
  }
  const auto key_of = [](const Row& row) { return std::make_pair(row.type, row.id); };
  std::stable_sort(rows_.begin(), rows_.end(),
                   [&](const Row& a, const Row& b) { return key_of(a) < key_of(b); });
  const auto same = [&](const Row& a, const Row& b) { return key_of(a) == key_of(b); };
  rows_.erase(std::unique(rows_.begin(), rows_.end(), same), rows_.end());
  return {};
}

NodeIndex Resolved::find(TypeId type, std::string_view id) const {
  const auto wanted = std::make_pair(type, id);
  const auto found = std::lower_bound(
      rows_.begin(), rows_.end(), wanted,
      [](const Row& row, const auto& key) { return std::make_pair(row.type, row.id) < key; });
  return found != rows_.end() && found->type == type && found->id == id ? found->node : kNoNode;
}

bool Resolved::was_asked(std::string_view reference) const {
  const Document& all = document();
  return all.size() != 0 && all.find(0, reference) != kNoNode;
}

void Resolved::wipe() {
  rows_.clear();
  parser_.wipe();
  bytes_ = json::PaddedBuffer();
}

}  // namespace fhirwall::fhir

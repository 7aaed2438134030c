#include "core/fhir/resolved.hpp"

#include <algorithm>
#include <utility>

#include "core/base/result.hpp"
#include "core/fhir/partial.hpp"
#include "core/fhir/reference.hpp"

namespace fhirwall::fhir {
namespace {

using json::Document;
using json::kNoNode;
using json::NodeIndex;

// The resource at `node` by its own type and id; kNone when it has none, or is incomplete: what is
// left out must not look absent (SPEC 8.6).
Resolved::Row row_of(const Document& document, NodeIndex node) {
  const NodeIndex type = document.find(node, "resourceType");
  const NodeIndex id = document.find(node, "id");
  if (type == kNoNode || id == kNoNode || !document.is_string(type) || !document.is_string(id)) {
    return {};
  }
  // Neither a type's name nor an id has a reason to be written with escapes.
  const std::string_view text = document.raw_string(id);
  if (!is_valid_id(text) || is_partial(document, node)) {
    return {};
  }
  return {find_resource_type(document.raw_string(type)), text, node};
}

std::pair<TypeId, std::string_view> key_of(const Resolved::Row& row) { return {row.type, row.id}; }

}  // namespace

Error Resolved::load(std::string_view text, const Limits& limits) {
  wipe();
  if (text.size() > limits.max_body_bytes) {
    return {ErrorCode::kTooLarge, limits.max_body_bytes};
  }
  if (!bytes_.append(text)) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  Limits around = limits;
  around.max_depth += 3;  // `{"Type?...":{"entry":[{"resource":`
  FHIRWALL_TRY(parser_.parse(bytes_.view(), around));
  const Document& all = document();
  if (!all.is_object(0)) {
    return {ErrorCode::kNotAnObject, all[0].begin};
  }
  for (NodeIndex member = Document::first_child(0), end = all[0].next; member != end;
       member = all[member].next) {
    add(member);
  }
  std::sort(names_.begin(), names_.end());
  std::stable_sort(rows_.begin(), rows_.end(),
                   [](const Row& a, const Row& b) { return key_of(a) < key_of(b); });
  const auto same = [](const Row& a, const Row& b) { return key_of(a) == key_of(b); };
  rows_.erase(std::unique(rows_.begin(), rows_.end(), same), rows_.end());
  return {};
}

void Resolved::add(NodeIndex member) {
  const std::string_view name = document().key(member);
  names_.push_back(name);
  if (name.find('?') != std::string_view::npos) {
    return add_entries(member);
  }
  const Row row = row_of(document(), member);
  const ReferenceParts parts = parse_reference(name);
  if (row.type != TypeId::kNone && parts.form == ReferenceParts::Form::kTypeId &&
      parts.version.empty() && parts.type == row.type && parts.id == row.id) {
    rows_.push_back(row);
  }
}

void Resolved::add_entries(NodeIndex bundle) {
  const Document& all = document();
  const NodeIndex type = all.find(bundle, "resourceType");
  const NodeIndex entries = all.find(bundle, "entry");
  if (type == kNoNode || !all.string_is(type, "Bundle") || entries == kNoNode ||
      !all.is_array(entries)) {
    return;
  }
  for (NodeIndex entry = Document::first_child(entries), end = all[entries].next; entry != end;
       entry = all[entry].next) {
    const NodeIndex resource = all.find(entry, "resource");
    const Row row = resource == kNoNode ? Row{} : row_of(all, resource);
    if (row.type != TypeId::kNone) {
      rows_.push_back(row);
    }
  }
}

NodeIndex Resolved::find(TypeId type, std::string_view id) const {
  const Row wanted{type, id, kNoNode};
  const auto found =
      std::lower_bound(rows_.begin(), rows_.end(), wanted,
                       [](const Row& a, const Row& b) { return key_of(a) < key_of(b); });
  return found != rows_.end() && found->type == type && found->id == id ? found->node : kNoNode;
}

bool Resolved::was_asked(std::string_view reference) const {
  return std::binary_search(names_.begin(), names_.end(), reference);
}

void Resolved::wipe() {
  rows_.clear();
  names_.clear();
  parser_.wipe();
  bytes_ = json::PaddedBuffer();
}

}  // namespace fhirwall::fhir

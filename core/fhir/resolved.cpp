#include "core/fhir/resolved.hpp"

#include <algorithm>

#include "core/base/result.hpp"
#include "core/base/sort.hpp"
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

bool is_before(const Resolved::Row& a, const Resolved::Row& b) {
  return a.type != b.type ? a.type < b.type : a.id != b.id ? a.id < b.id : a.node < b.node;
}

// Ascending; of equal ones the first in the text stays.
void sort_once(std::vector<Resolved::Row>& rows) {
  sort_by(rows, is_before);
  const auto same = [](const auto& a, const auto& b) { return a.type == b.type && a.id == b.id; };
  rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
}

NodeIndex find_in(const std::vector<Resolved::Row>& rows, TypeId type, std::string_view id) {
  const auto found =
      std::lower_bound(rows.begin(), rows.end(), Resolved::Row{type, id, 0}, is_before);
  return found != rows.end() && found->type == type && found->id == id ? found->node : kNoNode;
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
  sort_once(names_);
  sort_once(rows_);
  return {};
}

void Resolved::add(NodeIndex member) {
  const std::string_view name = document().key(member);
  names_.push_back({TypeId::kNone, name, member});
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
  return find_in(rows_, type, id);
}

bool Resolved::was_asked(std::string_view reference) const {
  return find_in(names_, TypeId::kNone, reference) != kNoNode;
}

void Resolved::wipe() {
  rows_.clear();
  names_.clear();
  parser_.wipe();
  bytes_ = json::PaddedBuffer();
}

}  // namespace fhirwall::fhir

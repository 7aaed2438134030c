#include "core/filter/allow_list.hpp"

#include <algorithm>

#include "core/base/ascii.hpp"
#include "core/fhir/model.hpp"

namespace fhirwall::filter {
namespace {

using json::Document;
using json::Kind;
using json::MemberCutter;
using json::NodeIndex;
using Shape = AllowedMember::Shape;

// Where the query of a URL begins in the text between the quotes, escapes and all; the size when
// there is none.
std::size_t query_at(std::string_view raw) {
  std::size_t at = 0;
  while (at < raw.size() && raw[at] != '?') {
    if (raw[at] != '\\') {
      ++at;
    } else if (raw[at + 1] != 'u') {
      at += 2;
    } else if (const std::string_view code = raw.substr(at + 2, 4);
               ascii::equals_ignoring_case(code, "003f")) {
      break;
    } else {
      at += 6;
    }
  }
  return at;
}

bool keeps_member(const Document& document, NodeIndex node, const AllowedMember& allowed) {
  switch (allowed.shape) {
    case Shape::kScalar: return !document.is_object(node) && !document.is_array(node);
    case Shape::kString: return document.is_string(node);
    case Shape::kUrl: return document.is_string(node) && query_at(document.raw_string(node)) != 0;
    case Shape::kObject: return keeps_any(document, node, allowed.members);
    case Shape::kArrayOfObjects:
      if (!document.is_array(node)) {
        return false;
      }
      for (NodeIndex item = Document::first_child(node), end = document[node].next; item != end;
           item = document[item].next) {
        if (keeps_any(document, item, allowed.members)) {
          return true;
        }
      }
      return false;
  }
  return false;
}

void emit_items(const Document& document, NodeIndex array, AllowList allowed,
                json::EditList& edits) {
  MemberCutter cutter(document, array, edits);
  for (NodeIndex item = Document::first_child(array), end = document[array].next; item != end;
       item = document[item].next) {
    if (keeps_any(document, item, allowed)) {
      cutter.keep(item);
      emit_allowed(document, item, allowed, edits);
    } else {
      cutter.cut(item);
    }
  }
  cutter.finish();
}

constexpr AllowedMember kCodingMembers[] = {{"system", Shape::kString, {}},
                                            {"version", Shape::kString, {}},
                                            {"code", Shape::kString, {}},
                                            {"display", Shape::kString, {}},
                                            {"userSelected", Shape::kScalar, {}}};
constexpr AllowedMember kDetailsMembers[] = {{"coding", Shape::kArrayOfObjects, kCodingMembers}};
constexpr AllowedMember kIssueMembers[] = {{"severity", Shape::kString, {}},
                                           {"code", Shape::kString, {}},
                                           {"details", Shape::kObject, kDetailsMembers}};
constexpr AllowedMember kOutcomeMembers[] = {{"resourceType", Shape::kString, {}},
                                             {"issue", Shape::kArrayOfObjects, kIssueMembers}};
constexpr AllowedMember kSearchMembers[] = {{"mode", Shape::kString, {}},
                                            {"score", Shape::kScalar, {}}};
constexpr AllowedMember kRequestMembers[] = {{"method", Shape::kString, {}},
                                             {"url", Shape::kUrl, {}}};
// In this order, so that each choice is a run of them.
constexpr AllowedMember kResponseMembers[] = {{"location", Shape::kUrl, {}},
                                              {"etag", Shape::kString, {}},
                                              {"status", Shape::kString, {}},
                                              {"lastModified", Shape::kString, {}}};
constexpr AllowedMember kIdentifierMembers[] = {
    {"use", Shape::kString, {}}, {"system", Shape::kString, {}}, {"value", Shape::kString, {}}};
constexpr AllowedMember kLinkMembers[] = {{"relation", Shape::kString, {}},
                                          {"url", Shape::kString, {}}};

bool keeps_link(const Document& document, NodeIndex link) {
  const NodeIndex relation = document.find(link, "relation");
  if (relation == json::kNoNode || !document.is_string(relation)) {
    return false;
  }
  std::string scratch;
  return !ascii::equals_ignoring_case(ascii::trim(document.string(relation, scratch)), "last");
}

bool keeps_meta_member(const Document& document, NodeIndex member) {
  constexpr std::string_view kServerMeta[] = {"author",      "project",    "account",  "accounts",
                                              "compartment", "onBehalfOf", "extension"};
  const std::string_view key = document.key(member);
  const fhir::Child child = fhir::find_child(fhir::well_known().meta, key);
  return child.element != nullptr && std::find(std::begin(kServerMeta), std::end(kServerMeta),
                                               child.element->name) == std::end(kServerMeta);
}

}  // namespace

const AllowedMember* find_allowed(const Document& document, NodeIndex member, AllowList allowed) {
  const std::string_view key = document.key(member);
  for (const AllowedMember& candidate : allowed) {
    if (candidate.key == key) {
      return keeps_member(document, member, candidate) ? &candidate : nullptr;
    }
  }
  return nullptr;
}

bool keeps_any(const Document& document, NodeIndex object, AllowList allowed) {
  if (!document.is_object(object)) {
    return false;
  }
  for (NodeIndex member = Document::first_child(object), end = document[object].next; member != end;
       member = document[member].next) {
    if (find_allowed(document, member, allowed) != nullptr) {
      return true;
    }
  }
  return false;
}

void emit_allowed(const Document& document, NodeIndex object, AllowList allowed,
                  json::EditList& edits) {
  MemberCutter cutter(document, object, edits);
  for (NodeIndex member = Document::first_child(object), end = document[object].next; member != end;
       member = document[member].next) {
    const AllowedMember* found = find_allowed(document, member, allowed);
    if (found == nullptr) {
      cutter.cut(member);
      continue;
    }
    cutter.keep(member);
    emit_member(document, member, *found, edits);
  }
  cutter.finish();
}

void emit_member(const Document& document, NodeIndex member, const AllowedMember& allowed,
                 json::EditList& edits) {
  switch (allowed.shape) {
    case Shape::kScalar:
    case Shape::kString: break;
    case Shape::kUrl: {
      const json::Node& node = document[member];
      const auto query = static_cast<std::uint32_t>(query_at(document.raw_string(member)));
      edits.cut(node.begin + 1 + query, node.end - 1);
      break;
    }
    case Shape::kObject: emit_allowed(document, member, allowed.members, edits); break;
    case Shape::kArrayOfObjects: emit_items(document, member, allowed.members, edits); break;
  }
}

AllowList operation_outcome_members() { return kOutcomeMembers; }

bool outcome_says_anything(const Document& document, NodeIndex resource) {
  return keeps_any(document, resource, AllowList(kOutcomeMembers).subspan(1));
}

AllowList identifier_members() { return kIdentifierMembers; }
AllowList entry_search_members() { return kSearchMembers; }
AllowList entry_request_members() { return kRequestMembers; }
AllowList entry_response_members(bool version, bool date) {
  const std::size_t first = version ? 0 : 2;
  return AllowList(kResponseMembers).subspan(first, (date ? 4 : 3) - first);
}

bool keeps_any_link(const Document& document, NodeIndex links) {
  if (!document.is_array(links)) {
    return false;
  }
  for (NodeIndex link = Document::first_child(links), end = document[links].next; link != end;
       link = document[link].next) {
    if (keeps_link(document, link)) {
      return true;
    }
  }
  return false;
}

void emit_links(const Document& document, NodeIndex links, json::EditList& edits) {
  MemberCutter cutter(document, links, edits);
  for (NodeIndex link = Document::first_child(links), end = document[links].next; link != end;
       link = document[link].next) {
    if (keeps_link(document, link)) {
      cutter.keep(link);
      emit_allowed(document, link, kLinkMembers, edits);
    } else {
      cutter.cut(link);
    }
  }
  cutter.finish();
}

bool keeps_any_meta(const Document& document, NodeIndex meta) {
  if (!document.is_object(meta)) {
    return false;
  }
  for (NodeIndex member = Document::first_child(meta), end = document[meta].next; member != end;
       member = document[member].next) {
    if (keeps_meta_member(document, member)) {
      return true;
    }
  }
  return false;
}

void emit_meta(const Document& document, NodeIndex meta, json::EditList& edits) {
  MemberCutter cutter(document, meta, edits);
  for (NodeIndex member = Document::first_child(meta), end = document[meta].next; member != end;
       member = document[member].next) {
    if (keeps_meta_member(document, member)) {
      cutter.keep(member);
    } else {
      cutter.cut(member);
    }
  }
  cutter.finish();
}

}  // namespace fhirwall::filter

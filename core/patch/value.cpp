#include "core/patch/value.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/patch/place.hpp"

namespace fhirwall::patch {

using fhir::TypeId;
using fhir::TypeKind;
using json::Document;
using json::Kind;
using json::NodeIndex;

namespace {

// May a value of type `given` stand where the model has `declared`?
bool fits(TypeId given, TypeId declared) {
  if (fhir::is_a(given, declared)) {
    return true;
  }
  if (fhir::type_kind(given) != TypeKind::kPrimitive ||
      fhir::type_kind(declared) != TypeKind::kPrimitive) {
    return false;
  }
  // Narrative.div: value[x] has no xhtml.
  return fhir::is_a(declared, given) ||
         (declared == fhir::well_known().xhtml && given == fhir::well_known().string);
}

// The JSON that a value of the type is written as (FHIR R4, 2.6.2.1).
bool right_kind(Kind kind, TypeId type) {
  const fhir::WellKnown& known = fhir::well_known();
  if (fhir::type_kind(type) != TypeKind::kPrimitive) {
    return kind == Kind::kObject;
  }
  if (type == known.boolean) {
    return kind == Kind::kTrue || kind == Kind::kFalse;
  }
  if (type == known.decimal || fhir::is_a(type, known.integer)) {
    return kind == Kind::kNumber;
  }
  return kind == Kind::kString;
}

// One element of an object that is put together from parts, with all its values.
struct Member {
  const fhir::Element* element = nullptr;
  std::string key;
  std::string values;
  std::string siblings;
  bool any_value = false;
  bool any_sibling = false;

  void add(const ElementText& text) {
    if (!values.empty()) {
      values += ',';
      siblings += ',';
    }
    values += text.value.empty() ? "null" : text.value;
    siblings += text.sibling.empty() ? "null" : text.sibling;
    any_value = any_value || !text.value.empty();
    any_sibling = any_sibling || !text.sibling.empty();
  }
  void write(JsonList& list, std::string& out) const {
    if (any_value) {
      write_one(list, out, "", values);
    }
    if (any_sibling) {
      write_one(list, out, "_", siblings);
    }
  }

 private:
  void write_one(JsonList& list, std::string& out, std::string_view prefix,
                 const std::string& text) const {
    list.key(concat(prefix, key));
    out += element->repeats ? "[" : "";
    out += text;
    out += element->repeats ? "]" : "";
  }
};

// Recursion is as deep as the patch's own nesting, which its parser has bounded.
bool render_parts(const Document& patch, NodeIndex parts, TypeId type, std::string& out) {
  std::vector<Member> members;  // no more than the type has elements
  for (NodeIndex part = parts + 1; part != patch[parts].next; part = patch[part].next) {
    const NodeIndex name = patch.find(part, "name");
    GivenValue given;
    std::string scratch;
    TypeId choice = TypeId::kNone;
    if (name == json::kNoNode || !patch.is_string(name) || !read_value(patch, part, given)) {
      return false;
    }
    const fhir::Element* const element =
        find_named(members_of(type), patch.string(name, scratch), choice);
    ElementText text;
    if (element == nullptr || !render_value(patch, given, *element, choice, text)) {
      return false;
    }
    const auto same = std::find_if(members.begin(), members.end(),
                                   [&](const Member& member) { return member.element == element; });
    if (same == members.end()) {
      Member& member = members.emplace_back();
      member.element = element;
      member.key = key_of(*element, text.type);
      member.add(text);
    } else if (element->repeats) {
      same->add(text);
    } else {
      return false;
    }
  }
  JsonList list(out, '{', '}');
  for (const Member& member : members) {
    member.write(list, out);
  }
  list.close();
  return !members.empty();
}

}  // namespace

bool read_value(const Document& patch, NodeIndex part, GivenValue& out) {
  if (!patch.is_object(part)) {
    return false;
  }
  static const TypeId kParameter = fhir::find_type("Parameters.parameter");
  int kinds = 0;
  for (NodeIndex member = part + 1; member != patch[part].next; member = patch[member].next) {
    const std::string_view key = patch.key(member);
    const fhir::Child child = fhir::find_child(kParameter, key);
    if (child.element == nullptr) {
      return false;
    }
    if (child.element->choice) {
      kinds += out.type == TypeId::kNone || out.type != child.type ? 1 : 0;
      out.type = child.type;
      (child.sibling ? out.sibling : out.value) = member;
    } else if (key == "part" || key == "resource") {
      ++kinds;
      (key == "part" ? out.parts : out.resource) = member;
    }
  }
  return kinds == 1;
}

bool render_value(const Document& patch, const GivenValue& given, const fhir::Element& element,
                  TypeId choice, ElementText& out) {
  out.type = choice != TypeId::kNone ? choice : element.types[0];
  if (given.parts != json::kNoNode) {
    const bool one_type = !element.choice || choice != TypeId::kNone;
    return one_type && patch.is_array(given.parts) &&
           fhir::type_kind(out.type) != TypeKind::kPrimitive &&
           !fhir::is_a(out.type, fhir::well_known().resource) &&
           render_parts(patch, given.parts, out.type, out.value);
  }
  if (given.resource != json::kNoNode) {
    const TypeId type = stated_type(patch, given.resource);
    out.value = patch.raw(given.resource);
    return type != TypeId::kNone && fhir::is_a(type, out.type) &&
           fhir::is_a(out.type, fhir::well_known().resource);
  }
  if (element.choice) {
    if (std::find(element.types.begin(), element.types.end(), given.type) == element.types.end() ||
        (choice != TypeId::kNone && choice != given.type)) {
      return false;
    }
    out.type = given.type;
  } else if (!fits(given.type, out.type)) {
    return false;
  }
  if (given.value != json::kNoNode) {
    if (!right_kind(patch.kind(given.value), out.type)) {
      return false;
    }
    out.value = patch.raw(given.value);
  }
  if (given.sibling != json::kNoNode) {
    if (!patch.is_object(given.sibling)) {
      return false;
    }
    out.sibling = patch.raw(given.sibling);
  }
  return true;
}

}  // namespace fhirwall::patch

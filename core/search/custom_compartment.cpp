#include <algorithm>
#include <utility>

#include "core/base/concat.hpp"
#include "core/base/json_text.hpp"
#include "core/base/sort.hpp"
#include "core/fhir/compartment.hpp"
#include "core/search/compile_clause.hpp"
#include "core/search/custom.hpp"
#include "core/search/custom_reader.hpp"

namespace fhirwall::search {
namespace {

using fhir::TypeId;
using json::Document;
using json::NodeIndex;

// `resource[]` of a CompartmentDefinition.
void read_member(CustomReader& reader, const Custom& known, CustomCompartment& out) {
  if (!reader.open("CompartmentDefinition.resource")) {
    return;
  }
  const std::string name = reader.text("code");
  if (name.empty()) {
    return;
  }
  const std::string path = member_path(reader.path(), "code");
  CustomCompartment::Member member;
  member.type = reader.resource_type(name, path);
  if (member.type == TypeId::kNone) {
    return;
  }
  for (const CustomCompartment::Member& other : out.members) {
    if (other.type == member.type) {
      reader.error(IssueCode::kInconsistentInput, path, concat("`", name, "` stands here twice"));
    }
  }
  reader.texts("param", [&](std::string code, const std::string& param_path) {
    // FHIR R4, CompartmentDefinition: the resource itself is the compartment.
    if (code == "{def}" && member.type == out.compartment) {
      return;
    }
    const Param param = find_param(member.type, code, &known);
    if (!param) {
      reader.error(IssueCode::kUnknownParameter, param_path,
                   concat("`", name, "` has no search parameter `", code, "`"));
      return;
    }
    Clause clause;
    clause.kind = kind_of(param);
    if (clause.kind != Clause::Kind::kReference ||
        !set_program(param.program(member.type), clause).empty()) {
      reader.error(IssueCode::kUnsupportedParameter, param_path,
                   concat("`", code, "` is no reference that can put a resource in a compartment"));
      return;
    }
    member.codes.push_back(std::move(code));
  });
  out.members.push_back(std::move(member));
}

void append_types(std::string& out, std::span<const TypeId> types) {
  for (const TypeId type : types) {
    out += concat(" ", fhir::type_name(type));
  }
}

}  // namespace

void read_compartment_definition(const Document& document, NodeIndex node, const std::string& path,
                                 Issues& issues, Custom& out) {
  CustomReader reader(document, node, path, issues);
  if (!reader.open("CompartmentDefinition")) {
    return;
  }
  reader.expect_resource_type("CompartmentDefinition");
  const std::string name = reader.text("code");
  const std::string code_path = member_path(path, "code");
  CustomCompartment compartment;
  if (!name.empty()) {
    compartment.compartment = reader.resource_type(name, code_path);
  }
  // SPEC 5.6: what is in a Project, `meta.project` says.
  if (fhir::has_compartment_definition(compartment.compartment) ||
      out.find_compartment(compartment.compartment) != nullptr || name == "Project") {
    reader.error(IssueCode::kInconsistentInput, code_path,
                 concat("`", name, "` has a compartment definition already"));
  }
  bool ok = reader.ok();
  reader.items("resource", [&](NodeIndex item, const std::string& item_path) {
    CustomReader member(document, item, item_path, issues);
    read_member(member, out, compartment);
    ok &= member.ok();
  });
  if (!ok || !reader.ok()) {
    return;
  }
  const auto by_type = [](const auto& a, const auto& b) { return a.type < b.type; };
  sort_by(compartment.members, by_type);
  const auto place = std::upper_bound(
      out.compartments.begin(), out.compartments.end(), compartment.compartment,
      [](TypeId type, const CustomCompartment& known) { return type < known.compartment; });
  out.compartments.insert(place, std::move(compartment));
}

void append_canonical(const Custom& custom, std::string& out) {
  for (const CustomParam& param : custom.params) {
    out += concat("\nparam ", param.code, " ", fhir::param_type_name(param.type), " ");
    append_json_string(out, param.expression);
    append_types(out, param.targets);
    out += " of";
    for (const CustomParam::Base& base : param.bases) {
      append_types(out, {&base.type, 1});
    }
  }
  for (const CustomCompartment& compartment : custom.compartments) {
    out += "\ncompartment";
    append_types(out, {&compartment.compartment, 1});
    for (const CustomCompartment::Member& member : compartment.members) {
      append_types(out, {&member.type, 1});
      for (const std::string& code : member.codes) {
        out += concat("+", code);
      }
    }
  }
}

}  // namespace fhirwall::search

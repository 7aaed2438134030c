// The type factory: `%factory.code('final')` (FHIR, FHIRPath supplement, "Type Factory").
#include <algorithm>
#include <utility>

#include "core/base/concat.hpp"
#include "core/fhirpath/compiler.hpp"

namespace fhirwall::fhirpath {

using grammar::fhirpath::Expression;
using grammar::fhirpath::Kind;

// A variable of that name, of the host or of defineVariable(), comes first.
bool Compiler::is_factory(const Expression& e) const {
  const auto binds = [](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), kFactoryName) != names.end();
  };
  return e.kind == Kind::kExternal && e.text == kFactoryName && !search() && !binds(defined_) &&
         (options_.variables == nullptr || !binds(*options_.variables));
}

bool Compiler::lower_factory(const Expression& e, const Surroundings& around, Flow& out) {
  TypeName made;
  const int index = e.kind == Kind::kFunction ? find_factory_function(e.text, made.fhir) : int{-1};
  if (index < 0) {
    const bool type = fhir::find_type(e.text) != fhir::TypeId::kNone;
    return fail(
        e,
        concat("there is no `%factory.", e.text, type ? "()`, but `%factory.create(" : "()`",
               type ? std::string_view(e.text) : "", type ? ")`" : ""),
        IssueCode::kUnknownFunction);
  }
  const Function& function = factory_functions()[static_cast<std::size_t>(index)];
  if (!check_arity(e, function)) {
    return false;
  }
  std::vector<Flow> arguments;
  if (e.text == "create") {
    if (!type_argument(e, made)) {
      return false;
    }
    if (made.fhir == fhir::TypeId::kNone ||
        fhir::type_kind(made.fhir) == fhir::TypeKind::kAbstract) {
      return fail(e.children[0], "`create` takes a FHIR type that is not abstract",
                  IssueCode::kFhirPathType);
    }
  } else {
    std::uint32_t none = 0;
    if (!lower_arguments(e, function, around, arguments, none)) {
      return false;
    }
  }
  const auto first = static_cast<std::uint32_t>(program_.arguments.size());
  for (const Flow& argument : arguments) {
    program_.arguments.push_back(argument.op);
  }
  out = {};
  if (made.fhir != fhir::TypeId::kNone) {
    out.types = {made.fhir};
  } else {  // a copy of the first argument
    out.types = std::move(arguments.front().types);
    out.known = arguments.front().known;
  }
  out.op = emit(e, {.op = Op::kFactory,
                    .function = static_cast<std::uint8_t>(index),
                    .type = {.fhir = made.fhir},
                    .first = first,
                    .count = static_cast<std::uint32_t>(arguments.size())});
  return true;
}

}  // namespace fhirwall::fhirpath

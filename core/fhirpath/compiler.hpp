#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fhirpath/functions.hpp"
#include "core/fhirpath/instructions.hpp"
#include "core/fhirpath/steps.hpp"

// Lowers the syntax tree to instructions, and infers on the way which FHIR types each piece can
// yield.
namespace fhirwall::fhirpath {

// A piece of lowered code.
struct Flow {
  OpIndex op = 0;
  Types types;        // the FHIR types its items can have, when `known`
  bool known = true;  // no other FHIR types than these; with no types: computed values only
  bool ordered = true;
  bool dropped = false;  // search: starts with another resource type, so yields nothing
};

// What `$this` is where an expression stands.
struct Surroundings {
  const Flow* self;  // its types
  bool root = true;  // it is the focus of the whole expression
};

class Compiler {
 public:
  Compiler(Program& program, const CompileOptions& options);
  [[nodiscard]] bool run(const grammar::fhirpath::Expression& expression);
  CompileError error;

 private:
  using Expression = grammar::fhirpath::Expression;

  bool fail(const Expression& at, std::string message,
            IssueCode code = IssueCode::kFhirPathUnsupported);
  OpIndex emit(const Expression& at, Instruction instruction);
  std::uint32_t add_name(std::string_view name);
  // A value that is computed: no FHIR types. Search asks for the FHIR type that it stands for.
  bool computed(OpIndex op, Flow& out, fhir::TypeId in_search = fhir::well_known().boolean);

  bool lower(const Expression& e, const Surroundings& around, Flow& out);
  bool lower_literal(const Expression& e, Flow& out);
  bool lower_name(const Expression& e, const Surroundings& around, Flow& out);
  bool lower_member(const Expression& e, const Surroundings& around, Flow& out);
  bool lower_step(const Expression& e, const Flow& input, Flow& out);
  bool lower_indexer(const Expression& e, const Surroundings& around, Flow& out);
  bool lower_external(const Expression& e, Flow& out);
  bool lower_operator(const Expression& e, const Surroundings& around, Flow& out);
  bool lower_logic(const Expression& e, const Surroundings& around, Flow& out);
  bool lower_union(const Expression& e, const Surroundings& around, Flow& out);
  bool lower_polarity(const Expression& e, const Surroundings& around, Flow& out);

  // compile_calls.cpp. `input` null: the call stands at the beginning, on $this.
  bool lower_call(const Expression& e, const Flow* input, const Surroundings& around, Flow& out);
  bool lower_arguments(const Expression& e, const Function& function, const Surroundings& around,
                       std::vector<Flow>& arguments, std::uint32_t& descending);
  // `%factory.X(...)`, where `%factory` is the type factory: compile_factory.cpp.
  [[nodiscard]] bool is_factory(const Expression& e) const;
  bool lower_factory(const Expression& e, const Surroundings& around, Flow& out);
  bool check_arity(const Expression& e, const Function& function);
  void settle_types(const Expression& projection, Flow& item);
  bool lower_type(const Expression& e, const Flow& input, const TypeName& type, Op op, Flow& out);
  bool lower_type_operator(const Expression& e, const Surroundings& around, Flow& out);
  bool type_argument(const Expression& e, TypeName& type);
  bool find_type_name(const Expression& e, std::string_view name, TypeName& type);

  // compile_literals.cpp
  bool constant_of(const Expression& e, Item& item);

  [[nodiscard]] bool search() const { return options_.dialect == Dialect::kSearch; }
  // Unknown elements and impossible types are errors.
  [[nodiscard]] bool checked() const { return search() || (options_.strict && !settling_); }

  Program& program_;
  const CompileOptions& options_;
  bool settling_ = false;             // inside settle_types()
  std::vector<std::string> defined_;  // by defineVariable() with a literal name, anywhere
};

}  // namespace fhirwall::fhirpath

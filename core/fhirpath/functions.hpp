#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/fhir/model.hpp"

// The functions and operators of the language as tables: compile.cpp looks names up, machine.cpp
// calls. Each chapter of the specification is one file in functions/, with a table of its own.
namespace fhirwall::fhirpath {

class Machine;
class Program;
struct Call;
struct CompileError;
struct Instruction;
struct Operands;

// What kind of result a call has, for what can be known at compile time.
enum class Yields : std::uint8_t {
  kInput,      // items of the input, in their order
  kSorted,     // items of the input, in an order
  kArgument,   // items that the last argument yields: select()
  kRepeated,   // the same, on the items that it has yielded already too: repeat()
  kArguments,  // items that any argument yields: iif(), coalesce()
  kBoth,       // items of the input and of the arguments: union()
  kSystem,     // computed values, which have no elements
  kResource,   // resources of any type: resolve()
  kExtension,  // extension(url)
  kUnordered,  // any items, in no particular order: children()
  kAny,        // any items
};

// How the arguments are compiled.
enum class Takes : std::uint8_t {
  kValues,  // `$this` is that of the place where the call stands
  kItems,   // evaluated for each item of the input, which is `$this`
};

// Replaces the call's input on the stack by its result. False after Machine::fail().
using Handler = bool (*)(Machine& machine, const Call& call);
// Looks at a call at compile time, after its arguments: for patterns and names that are literals.
// `op.c` is the function's to use. False: `error` says why.
using Prepare = bool (*)(Program& program, Instruction& op, CompileError& error);

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): its tables are read in this order
struct Function {
  std::string_view name;
  std::uint8_t min_arguments;
  std::uint8_t max_arguments;
  Takes takes;
  Yields yields;
  Handler handler;
  bool ordered = false;  // depends on the order of its input: first(), skip(), ...
  bool search = false;   // allowed in the search dialect
  Prepare prepare = nullptr;
  bool host = false;  // needs an answer that only a host has: refused where there is none
};

// Keys of one sort(); a bit of Instruction::c says of each whether it is descending.
inline constexpr std::uint8_t kMaxSortKeys = 32;

// All functions; a program refers to them by position. At most 255.
[[nodiscard]] const Function& function_at(std::uint8_t index);
// Its position, or -1.
[[nodiscard]] int find_function(std::string_view name);
// The function name nearest to a misspelt one, or empty.
[[nodiscard]] std::string_view nearest_function(std::string_view name);

// The tables, one a file.
[[nodiscard]] std::span<const Function> existence_functions();   // N1 5.1
[[nodiscard]] std::span<const Function> filtering_functions();   // N1 5.2
[[nodiscard]] std::span<const Function> subsetting_functions();  // N1 5.3
[[nodiscard]] std::span<const Function> combining_functions();   // N1 5.4
[[nodiscard]] std::span<const Function> conversion_functions();  // N1 5.5
[[nodiscard]] std::span<const Function> string_functions();      // N1 5.6
[[nodiscard]] std::span<const Function> regex_functions();       // N1 5.6, matches and its like
[[nodiscard]] std::span<const Function> encoding_functions();    // 3.0: encode, escape
[[nodiscard]] std::span<const Function> math_functions();        // N1 5.7
[[nodiscard]] std::span<const Function> tree_functions();        // N1 5.8
[[nodiscard]] std::span<const Function> utility_functions();     // N1 5.9
[[nodiscard]] std::span<const Function> type_functions();        // N1 6.3, 10.2
[[nodiscard]] std::span<const Function> boolean_functions();     // N1 6.5
[[nodiscard]] std::span<const Function> aggregate_functions();   // N1 7
[[nodiscard]] std::span<const Function>
temporal_functions();                                      // 3.0: components, duration, boundaries
[[nodiscard]] std::span<const Function> fhir_functions();  // FHIR R4, section 2.27

// The functions of %factory (FHIR, type factory). They have no input. The first one makes the
// primitive types, each under its own name.
inline constexpr std::string_view kFactoryName = "factory";
[[nodiscard]] std::span<const Function> factory_functions();
// Its position, or -1. `type`: what it makes; kNone when its arguments say that.
[[nodiscard]] int find_factory_function(std::string_view name, fhir::TypeId& type);

// Operators that take both operands as collections.
enum class Operator : std::uint8_t {
  kEqual,
  kNotEqual,
  kEquivalent,
  kNotEquivalent,  // N1 6.1
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,  // N1 6.2
  kIn,
  kContains,  // N1 6.4
  kMultiply,
  kDivide,
  kIntegerDivide,
  kModulo,  // N1 6.6
  kAdd,
  kSubtract,
  kConcatenate,
  kNegate,  // the left operand is empty
};
using OperatorHandler = bool (*)(Machine& machine, const Operands& operands);
[[nodiscard]] OperatorHandler operator_handler(Operator op);

// One file of operators each. Replace both operands by the result. False after Machine::fail().
bool apply_equality(Machine& machine, const Operands& operands);    // = != ~ !~
bool apply_comparison(Machine& machine, const Operands& operands);  // < <= > >=
bool apply_membership(Machine& machine, const Operands& operands);  // in contains
bool apply_arithmetic(Machine& machine, const Operands& operands);  // * / div mod + - and unary -
bool apply_concatenation(Machine& machine, const Operands& operands);  // &

}  // namespace fhirwall::fhirpath

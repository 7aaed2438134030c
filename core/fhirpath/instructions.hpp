#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/fhirpath/program.hpp"

// The lowered form of an expression: what compile.cpp writes and evaluate.cpp reads.
namespace fhirwall::fhirpath {

// What JSON the value of an element must be.
enum class Shape : std::uint8_t { kObject, kResource, kString, kNumber, kBoolean };

// One way to take a step: from an object of type `parent`, the member `key` is an element of type
// `child`. A choice element has one edge for each of its types.
struct Edge {
  fhir::TypeId parent = fhir::TypeId::kNone;
  fhir::TypeId child = fhir::TypeId::kNone;
  Shape shape = Shape::kObject;
  bool repeats = false;
  std::string key;
};

// One `.name`. All edges of a step share `name` as a prefix of their key.
struct Step {
  std::string name;
  std::uint32_t first_edge = 0;
  std::uint32_t edge_count = 0;
  bool dynamic = false;        // the parent may be any resource: the model is asked for its type
  bool resource_type = false;  // `.resourceType`, which a resolved stub has too
};

enum class Op : std::uint8_t {
  kEmpty,     // {}
  kRoot,      // the resource
  kThis,      // $this: the item that where(), exists() or iif() looks at
  kPath,      // a, then the steps [first_step, first_step + step_count)
  kWhere,     // a, filtered by b
  kOfType,    // a, filtered by type
  kIs,        // a is type
  kResolve,   // a.resolve()
  kExists,    // a.exists()
  kFirst,     // a[integer]
  kUnion,     // a | b
  kEqual,     // a = b, b a literal
  kNotEqual,  // a != b, b a literal
  kAnd,       // a and b
  kOr,        // a or b
  kNot,       // a.not()
  kIif,       // iif(a, b, c)
  kString,    // strings[integer]; as operand of kEqual and kNotEqual only
  kBoolean,   // integer != 0
  kInteger,   // integer
};

using OpIndex = std::uint32_t;

struct Instruction {
  Op op = Op::kEmpty;
  fhir::TypeId type = fhir::TypeId::kNone;
  OpIndex a = 0;
  OpIndex b = 0;
  OpIndex c = 0;
  std::uint32_t first_step = 0;
  std::uint32_t step_count = 0;
  std::int32_t integer = 0;
};

class Program {
 public:
  fhir::TypeId focus = fhir::TypeId::kNone;
  OpIndex entry = 0;
  std::vector<Instruction> code;
  std::vector<Step> steps;
  std::vector<Edge> edges;
  std::vector<std::string> strings;
  std::vector<fhir::TypeId> types;
};

}  // namespace fhirwall::fhirpath

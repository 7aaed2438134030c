#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/fhir/model.hpp"
#include "core/fhirpath/program.hpp"

// The lowered form of an expression: what compile.cpp writes and machine.cpp reads.
namespace fhirwall::fhirpath {

// What JSON the value of an element must be.
enum class Shape : std::uint8_t { kObject, kResource, kString, kNumber, kBoolean, kAny };

// One way to take a step: from an object of type `parent`, the member `key` is an element of type
// `child`. A choice element has one edge for each of its types.
struct Edge {
  fhir::TypeId parent = fhir::TypeId::kNone;
  fhir::TypeId child = fhir::TypeId::kNone;
  Shape shape = Shape::kObject;
  bool repeats = false;
  std::string key;
  const fhir::Element* element = nullptr;  // search dialect: see Item::Payload
};

// One `.name`. All edges of a step share `name` as a prefix of their key.
struct Step {
  std::string name;
  std::uint32_t first_edge = 0;
  std::uint32_t edge_count = 0;
  bool dynamic = false;        // items of other types than the edges' may come: ask the model
  bool resource_type = false;  // `.resourceType`, which a resolved stub has too
};

enum class Op : std::uint8_t {
  kEmpty,     // {}
  kConstant,  // constants[first]
  kThis,      // $this
  kIndex,     // $index
  kTotal,     // $total
  kExternal,  // the variable names[first]
  kPath,      // a, then the steps [first, first + count)
  kRootType,  // $this if it is a `type` or says that it is a names[first], else its child
              // names[first]
  kItemAt,    // a[b]
  kCall,      // function `function` on a (kNoOp: $this), arguments [first, first + count)
  kFactory,   // function `function` of %factory, arguments [first, first + count); makes a `type`
  kOperator,  // operator `function` on a and b
  kUnion,     // a | b; keeps duplicates in the search dialect
  kAnd,       // a and b
  kOr,        // a or b
  kXor,       // a xor b
  kImplies,   // a implies b
  kOfType,    // a, filtered by type
  kAs,        // a as type: at most one item
  kIs,        // a is type
};

using OpIndex = std::uint32_t;
inline constexpr OpIndex kNoOp = 0xFFFFFFFFu;

// A type in `is`, `as` and ofType(): a FHIR type, a System type, or both when it is written without
// namespace and known to both (`Quantity`): whichever the item is.
struct TypeName {
  fhir::TypeId fhir = fhir::TypeId::kNone;
  Item::Form system = Item::Form::kNode;  // kNode: none
};

struct Instruction {
  Op op = Op::kEmpty;
  // kCall: position in functions(); kFactory: in factory_functions(); kOperator: an Operator
  std::uint8_t function = 0;
  TypeName type;
  std::uint32_t offset = 0;  // bytes into the expression
  OpIndex a = kNoOp;
  OpIndex b = kNoOp;
  std::uint32_t c =
      0;  // kCall: what the function's `prepare` left here; of sort(), see kMaxSortKeys
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

class Program {
 public:
  Dialect dialect = Dialect::kFhirPath;
  fhir::TypeId focus = fhir::TypeId::kNone;
  OpIndex entry = 0;
  std::vector<Instruction> code;
  std::vector<OpIndex> arguments;
  std::vector<Step> steps;
  std::vector<Edge> edges;
  std::vector<std::string> names;
  std::vector<Item> constants;
  std::vector<Regex> regexes;  // of literal patterns
  Arena pool;                  // what constants point to
  std::vector<fhir::TypeId> types;
};

}  // namespace fhirwall::fhirpath

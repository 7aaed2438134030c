#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/fhir/datetime.hpp"
#include "core/fhir/decimal.hpp"
#include "core/fhir/search_param.hpp"
#include "core/fhir/ucum.hpp"
#include "core/fhirpath/program.hpp"
#include "core/search/criteria.hpp"

// The lowered form of criteria: what the compile_*.cpp files write and the match_*.cpp files read.
namespace fhirwall::search {

// `[code]`, `[system]|[code]`, `|[code]`, `[system]|` (FHIR R4 search, section 3.1.1.4.10).
struct TokenValue {
  enum class System : std::uint8_t { kAny, kNone, kGiven };
  System system_is = System::kAny;
  bool any_code = false;  // `[system]|`
  std::string system;
  std::string code;
  std::string folded_system;  // for the wider reading of a negation
  std::string folded_code;
  std::string identifier;  // `:of-type`: the value behind `[system]|[code]|`
};

struct StringValue {
  std::string text;
  std::string folded;
  std::string spaced;  // folded, every run of spaces and commas as one space: see match_string.cpp
};
enum class StringMode : std::uint8_t {
  kStartsWith,
  kExact,
  kContains,
  kWhole,     // `eq` of a filter: all of it, folded
  kEndsWith,  // `ew` of a filter
};

struct ReferenceValue {
  enum class Form : std::uint8_t {
    kTyped,  // `Type/id`, `Type/id/_history/v`, also under a configured base URL
    kId,     // `id`: of any type that the parameter may refer to
    kText,   // any other reference or a canonical: the identical text
  };
  Form form = Form::kText;
  fhir::TypeId type = fhir::TypeId::kNone;
  std::string id;
  std::string version;
  std::string text;  // as given
  std::string canonical_url;
  std::string canonical_version;
};

// FHIR R4 search, section 3.1.1.4.6.
enum class Prefix : std::uint8_t { kEq, kNe, kGt, kLt, kGe, kLe, kSa, kEb, kAp };
struct DateValue {
  Prefix prefix = Prefix::kEq;
  fhir::Interval interval;
};

// A number, or a quantity: `[prefix][number]`, `[prefix][number]|[system]|[code]` and
// `[prefix][number]||[code]` (FHIR R4 search, sections 3.1.1.4.4 and 3.1.1.4.11).
struct QuantityValue {
  enum class Unit : std::uint8_t {
    kAny,    // not given
    kText,   // `||code`: the code, or the unit as people read it
    kCoded,  // `|system|code`
  };
  Prefix prefix = Prefix::kEq;
  Unit unit_is = Unit::kAny;
  fhir::Decimal number;
  // What `eq` takes: [low, high); with `ap` [low, high].
  fhir::Decimal low;
  fhir::Decimal high;
  // What `ne` leaves out: [wide_low, wide_high).
  fhir::Decimal wide_low;
  fhir::Decimal wide_high;
  std::string system;
  std::string code;
  std::optional<fhir::Unit> ucum;  // of `code`, where the system is UCUM
};

// A member of `_compartment=`, `_account=`, `_project=`. A bare UUID has no type and stands for
// any.
struct MembershipValue {
  fhir::TypeId type = fhir::TypeId::kNone;
  std::string id;
};

using ProgramPtr = std::shared_ptr<const fhirpath::Program>;

// The programs of one compartment definition for one resource type (SPEC 5.6).
struct CompartmentPrograms {
  fhir::TypeId compartment = fhir::TypeId::kNone;
  fhir::TypeId resource_type = fhir::TypeId::kNone;
  std::vector<ProgramPtr> programs;
};

struct Clause;
// A `_filter` expression (SPEC 5.7). Its `not` is pushed down to the tests, which are negated then.
struct Filter {
  enum class Op : std::uint8_t { kAnd, kOr, kTest };
  Op op = Op::kTest;
  std::vector<Filter> children;
  std::vector<Clause> test;  // kTest: one
};
// What a chain or `_has` asks of resources of one type (SPEC 5.8).
struct Linked {
  fhir::TypeId type = fhir::TypeId::kNone;
  ProgramPtr back;           // `_has`: the references of that type that must lead back here
  std::string back_name;     // `_has`: the search parameter's name
  std::vector<Clause> test;  // one
};
// A value `a$b` of a composite parameter, for items of one type: every part holds on the same item.
struct Composite {
  fhir::TypeId item = fhir::TypeId::kNone;
  std::vector<Clause> parts;
};

// One `name:modifier=value,value`: holds if one of its values does.
struct Clause {
  enum class Kind : std::uint8_t {
    kToken,
    kOfType,      // token parameter with `:of-type`
    kText,        // token or reference parameter with `:text`
    kIdentifier,  // reference parameter with `:identifier`
    kString,
    kUri,
    kUriAbove,
    kUriBelow,
    kReference,
    kDate,
    kNumber,
    kQuantity,
    kComposite,
    kMissing,
    kFilter,
    kChain,  // `subject:Patient.name`: `program` yields the references
    kHas,    // `_has:Observation:patient:code`
    kCompartment,
    kAccount,
    kProject,
  };
  Kind kind = Kind::kToken;
  bool negate = false;   // `:not`, and of a filter any test
  bool missing = false;  // the value of `:missing`
  bool words = false;    // kToken: the program yields the words beside codes
  StringMode mode = StringMode::kStartsWith;
  bool part = false;                      // of a composite value: it needs an element
  bool of_resource = false;               // a part that starts from the resource, not from the item
  std::span<const fhir::TypeId> targets;  // of a reference parameter; empty: any
  ProgramPtr program;                     // null for the kinds of membership, kFilter and kHas
  std::vector<TokenValue> tokens;
  std::vector<StringValue> strings;  // kString, kText and the kinds of uri
  std::vector<ReferenceValue> references;
  std::vector<DateValue> dates;
  std::vector<QuantityValue> quantities;  // kNumber and kQuantity
  std::vector<Composite> composites;
  std::vector<Filter> filter;  // kFilter: one
  std::vector<Linked> linked;  // kChain: by type of target; kHas: one
  std::vector<MembershipValue> members;
  std::vector<CompartmentPrograms> compartments;  // ascending by resource_type
};

// `_compartment`, `_account`, `_project`.
[[nodiscard]] constexpr bool is_membership(Clause::Kind kind) {
  return kind == Clause::Kind::kCompartment || kind == Clause::Kind::kAccount ||
         kind == Clause::Kind::kProject;
}

class Criteria {
 public:
  fhir::TypeId type = fhir::TypeId::kNone;  // the abstract Resource for `*`
  std::vector<Clause> clauses;
  std::vector<std::string> base_urls;
  std::vector<std::string_view> base_url_views;  // of base_urls
  std::string bound_text;
  std::vector<std::uint32_t> clause_begins;  // of `clauses`, in bound_text
  std::shared_ptr<const Custom> custom;      // what clauses view; null: nothing supplied
  bool reads_references = false;             // there is a kChain or kHas
};

// What one element says about a clause. `kBad`: malformed, unresolved, or of a type that the
// parameter cannot look at: it satisfies no criterion, negated or not (SPEC 5.5).
enum class Verdict : std::uint8_t { kNo, kYes, kBad };

// Two readings of the same values: `kPlain` is the specification's; `kWide` is what must fail for a
// negation to hold (SPEC 5.5): it contains the plain one and the reference's.
enum class Reading : std::uint8_t { kPlain, kWide };

// What matching looks at: one resource, with working memory.
struct MatchContext {
  const Criteria& criteria;
  const json::Document& document;
  json::NodeIndex resource;
  fhir::TypeId type;
  Purpose purpose;
  const fhir::Resolved* resolved;
  const Limits& limits;
  Scratch& scratch;
  Error& error;
};

// Whether the element at `focus`, the resource itself or an item of a composite, satisfies the
// clause.
[[nodiscard]] bool match_clause(MatchContext& context, const Clause& clause, json::NodeIndex focus);
// A kFilter clause.
[[nodiscard]] bool match_filter(MatchContext& context, const Clause& clause);
// A kChain or kHas clause.
[[nodiscard]] bool match_linked(MatchContext& context, const Clause& clause);
// A kCompartment clause on a Binary: the compartments of what its `securityContext` leads to, or
// its own without one; a context that is not at hand lies nowhere (SPEC 10.4).
[[nodiscard]] bool match_binary_compartment(MatchContext& context, const Clause& clause);

[[nodiscard]] Verdict match_token(MatchContext& context, const fhirpath::Item& item,
                                  const Clause& clause, Reading reading);
[[nodiscard]] Verdict match_of_type(MatchContext& context, const fhirpath::Item& item,
                                    const Clause& clause);
[[nodiscard]] Verdict match_display(MatchContext& context, const fhirpath::Item& item,
                                    const Clause& clause);
[[nodiscard]] Verdict match_identifier(MatchContext& context, const fhirpath::Item& reference,
                                       const Clause& clause);
[[nodiscard]] Verdict match_string(MatchContext& context, const fhirpath::Item& item,
                                   const Clause& clause, Reading reading);
// Copies `text` to `out` with every run of spaces and commas as one space.
void single_spaced(std::string_view text, std::string& out);
[[nodiscard]] Verdict match_uri(MatchContext& context, const fhirpath::Item& item,
                                const Clause& clause, Reading reading);
[[nodiscard]] Verdict match_uri_path(MatchContext& context, const fhirpath::Item& item,
                                     const Clause& clause);
// Whether a URL can be compared by its path segments: it has an authority and no dot segments.
[[nodiscard]] bool has_plain_path(std::string_view url);
[[nodiscard]] Verdict match_reference(MatchContext& context, const fhirpath::Item& item,
                                      const Clause& clause, Reading reading);
// The interval of a date, dateTime, instant, Period or Timing; false when there is none.
[[nodiscard]] bool interval_of(MatchContext& context, const fhirpath::Item& item,
                               fhir::Interval& out);
[[nodiscard]] bool date_holds(const DateValue& value, const fhir::Interval& target);
// Whether a number, Quantity, Money or Range satisfies one value. kBad: malformed, in a unit that
// says nothing about the value's, or with a comparator that leaves it open.
[[nodiscard]] Verdict match_quantity(MatchContext& context, const QuantityValue& value,
                                     const fhirpath::Item& item, Clause::Kind kind,
                                     Reading reading);
// Membership clauses: kCompartment, kAccount, kProject, negated or not.
[[nodiscard]] bool match_membership(MatchContext& context, const Clause& clause);

// The program of a search parameter for one type. Programs come from constant tables alone, so they
// are shared by every policy of the process (SPEC P7: nothing in them is about a user).
[[nodiscard]] fhirpath::CompileResult program_for(const fhir::SearchParam& param,
                                                  fhir::TypeId type);
// The program of a component of a composite parameter for items of type `item`.
[[nodiscard]] fhirpath::CompileResult program_for(const fhir::ParamComponent& component,
                                                  fhir::TypeId item);
// Every (compartment, resource type) pair that a value of `compartment` (kNone: any) must look at.
[[nodiscard]] std::vector<CompartmentPrograms> compartment_programs(fhir::TypeId compartment,
                                                                    fhir::TypeId type,
                                                                    const Custom* custom);

}  // namespace fhirwall::search

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json/document.hpp"
#include "core/redact/redactor.hpp"
#include "core/redact/repair.hpp"

// What the caller was shown of the stored version, and comparing it with what was sent.
namespace fhirwall::redact {

using View = Redactor::Rest;

// A node of the stored version, or none.
struct Stored {
  json::NodeIndex node = json::kNoNode;
  View view = View::kNone;

  [[nodiscard]] bool exists() const { return node != json::kNoNode; }
  // A `null` that only holds a position was shown, too.
  [[nodiscard]] bool shown() const { return exists() && view != View::kNone; }
};

// Finds by text; large sets are sorted, so that no input costs quadratic time.
class TextIndex {
 public:
  void add(std::string_view text, std::uint32_t value) { entries_.emplace_back(text, value); }
  // Between the last add() and find(). False: the same text twice.
  [[nodiscard]] bool sort();
  // json::kNoNode if there is none.
  [[nodiscard]] std::uint32_t find(std::string_view text) const;

 private:
  std::vector<std::pair<std::string_view, std::uint32_t>> entries_;
};

// The members of an object by key; of no node none.
class MemberIndex {
 public:
  MemberIndex(const json::Document* document, json::NodeIndex object);
  [[nodiscard]] json::NodeIndex find(std::string_view key) const;

 private:
  const json::Document* document_;
  json::NodeIndex object_;
  bool sorted_ = false;
  TextIndex index_;
};

// Remembers what a judge said of each resource inside the resource.
class Verdicts final : public Judge {
 public:
  void open(Judge* judge) { judge_ = judge; }
  [[nodiscard]] const Plan* judge(const json::Document& document, json::NodeIndex resource,
                                  Nesting nesting) override {
    const Plan* const plan = judge_->judge(document, resource, nesting);
    plans_.emplace_back(resource, plan);
    return plan;
  }
  [[nodiscard]] bool reads(fhir::TypeId type, std::string_view reference) override {
    return judge_->reads(type, reference);
  }
  // Null: it was not judged, or cut.
  [[nodiscard]] const Plan* find(json::NodeIndex resource) const;
  // Does the plan of a resource in [begin, end) hide anything?
  [[nodiscard]] bool hides(json::NodeIndex begin, json::NodeIndex end) const;

 private:
  using Plans = std::vector<std::pair<json::NodeIndex, const Plan*>>;
  [[nodiscard]] Plans::const_iterator from(json::NodeIndex node) const;

  Judge* judge_ = nullptr;
  Plans plans_;  // as asked: in document order
};

class StoredView {
 public:
  explicit StoredView(const json::Document& sent) : sent_(sent) {}
  // Without a plan everything is shown.
  [[nodiscard]] Stored open(const json::Document& stored, json::NodeIndex root,
                            const RepairPlans& plans);

  [[nodiscard]] Stored child(const Stored& parent, json::NodeIndex node) const {
    return {node, node == json::kNoNode        ? View::kNone
                  : parent.view == View::kSome ? redactor_.rest_of(node)
                                               : parent.view};
  }
  // Is what was shown of `stored` the JSON value `sent`? Numbers count as different when their text
  // differs. Either may be no node: then the other must not be there either.
  [[nodiscard]] bool same(const Stored& stored, json::NodeIndex sent);
  // Nothing was cut from it, nor could have been from a resource in it.
  [[nodiscard]] bool whole(const Stored& stored) const {
    return stored.view == View::kAll && !verdicts_.hides(stored.node, (*stored_)[stored.node].next);
  }
  // Is `sent` what was shown of a string that was shown up to its `?` (SPEC 8.2)?
  [[nodiscard]] bool same_part(json::NodeIndex stored, json::NodeIndex sent) const;
  // What a resource inside the resource was shown by; null: it was not shown.
  [[nodiscard]] const Plan* plan_of(json::NodeIndex resource) const {
    return verdicts_.find(resource);
  }
  // The comparisons so far were too many (SPEC P8).
  [[nodiscard]] bool exhausted() const { return steps_ > kMaxSteps; }

 private:
  // Values compared in one repair: every value of the largest resource several times over, but not
  // every entry of a long array with every other one.
  static constexpr std::uint32_t kMaxSteps = 16u << 20;

  [[nodiscard]] bool same_object(const Stored& stored, json::NodeIndex sent);
  [[nodiscard]] bool same_array(const Stored& stored, json::NodeIndex sent);

  const json::Document* stored_ = nullptr;
  const json::Document& sent_;
  Redactor redactor_;
  Verdicts verdicts_;
  std::uint32_t steps_ = 0;
};

}  // namespace fhirwall::redact

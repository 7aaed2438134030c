#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/json/document.hpp"
#include "core/redact/closure_facts.hpp"
#include "core/redact/edits.hpp"
#include "core/redact/judge.hpp"
#include "core/redact/key_set.hpp"
#include "core/redact/plan.hpp"

namespace fhirwall::redact {

struct Edge;
struct Mask;

// Which parts of a Reference go by closure (SPEC 7.3 c, 7.5).
struct ReferenceCuts {
  bool whole = false;
  bool display = false;
  bool identifier = false;
  bool flat = false;  // it has members, and all of them are scalars
};

// Applies plans to resources. Holds working memory, which is reused; it knows nothing of the policy
// or of earlier resources.
//
// Two passes, neither of them recursive. mark() walks down with model type and trie node, and on
// the way back up prunes what was left empty, so that a container's fate is known before a byte of
// it is written. emit() turns the marks into cuts in document order.
//
// INVARIANT: output depends on the plan and on what is kept, on nothing else (SPEC P3). Whatever a
// branch below looks at is either kept itself or of no consequence.
class Redactor {
 public:
  // Has the parser note what mark() would otherwise search each resource for. Not needed, but
  // faster.
  static void prepare(json::Parser& parser) { parser.note("extension", "modifierExtension"); }

  // Decides on every node of the resource at `resource`, an object. Never fails: what the model
  // does not know is cut when the plan hides anything. With `closure` and `judge`, both or none,
  // what closure names goes too (SPEC 7.3-7.5, 8.2), and resources inside the resource are what the
  // judge makes of them; without them only the plan's own paths count.
  void mark(const json::Document& document, json::NodeIndex resource, const Plan& plan,
            const Closure* closure = nullptr, Judge* judge = nullptr);
  // Adds the cuts of the resource last marked, in ascending order.
  void emit(Edits& edits);
  // mark() and emit().
  void redact(const json::Document& document, json::NodeIndex resource, const Plan& plan,
              Edits& edits, const Closure* closure = nullptr, Judge* judge = nullptr) {
    mark(document, resource, plan, closure, judge);
    emit(edits);
  }

  // The first member of the resource last marked that holds other resources and is not hidden
  // itself, or kNoNode: the caller refuses it (SPEC 7.4). Of a plan that hides nothing, `contained`
  // only: the rest is not walked.
  [[nodiscard]] json::NodeIndex nested_resource() const { return nested_resource_; }
  // How much stays of a node of the resource last marked: of its root, or of what stands in a kSome
  // one. Whatever stands in a kAll or kNone one shares its fate.
  enum class Rest : std::uint8_t {
    kAll,
    kSome,
    kNone,
    kNull,  // a position of a primitive array that stays as `null`
  };
  [[nodiscard]] Rest rest_of(json::NodeIndex node) const;
  // Does the plan last applied hide anything?
  [[nodiscard]] bool hides() const { return redact::hides_anything(*plan_); }

  // Calls visit(node) for each node of the resource last marked that stays, containers included.
  template <typename Visitor>
  void for_each_kept(Visitor&& visit) const {
    json::NodeIndex at = root_;
    const json::NodeIndex end = (*document_)[root_].next;
    json::NodeIndex unmarked_end = 0;  // below a container that was kept whole nothing is marked
    while (at < end) {
      if (at >= unmarked_end) {
        const Mark mark = marks_[at - root_];
        if (mark == Mark::kCut || mark == Mark::kNull) {
          at = (*document_)[at].next;
          continue;
        }
        if (mark == Mark::kKeep) {
          unmarked_end = (*document_)[at].next;
        }
      }
      visit(at);
      ++at;
    }
  }

 private:
  // What becomes of a node. Nodes below kKeep and kCut have no mark of their own.
  enum class Mark : std::uint8_t {
    kKeep,     // whole
    kTouched,  // an object or array that stays, without some of what was in it
    kCut,      // whole
    kNull,     // a position of a primitive array that stays as `null`
    kEmpty,    // such a position, undecided until its counterpart is known
    kPending,  // a primitive array, its positions marked, undecided likewise
    kPath,     // a string that stays up to its first `?`
  };
  enum class Shape : std::uint8_t {
    kObject,
    kArray,             // of objects, or of whatever stands there
    kPrimitives,        // `x` of a primitive element
    kPrimitiveObjects,  // its sibling `_x`
    kResources,         // of resources inside a resource
  };
  struct Frame {
    json::NodeIndex container = 0;
    json::NodeIndex next_child = 0;
    json::NodeIndex end = 0;
    fhir::TypeId type = fhir::TypeId::kNone;  // of the object, or of the array's items
    Shape shape = Shape::kObject;
    Nesting nesting = Nesting::kOther;  // kResources: of the items
    bool on_path = false;               // array: wrong shapes are cut (SPEC 7.2)
    bool kept_any = false;
    bool touched = false;
    bool pending = false;                    // object: has kPending members
    bool resource = false;                   // object: a resource, where a scope begins
    bool released = false;                   // object: a resource in it stays
    bool refused = false;                    // object: it goes with a resource in it
    bool cut_display = false;                // of a Reference
    bool cut_identifier = false;             // of a Reference
    std::uint32_t trie = 0xFFFFFFFF;         // of the object, or of the array's items
    const Edge* edge = nullptr;              // array: where the items' urls are
    const fhir::Element* element = nullptr;  // array: of its items
    KeySet keys = KeySet::all();             // object: the keys that matter
    KeySet reference_keys;                   // of those, but for what is_bare()
  };
  // What holds in one resource, but for the resources inside it.
  struct Scope {
    const Plan* plan = nullptr;
    json::NodeIndex resource = 0;
    std::uint32_t owner = 0;  // the scope whose `contained` a `#` reference in this one names
    bool opens_all = false;   // there is no container in which nothing can be cut
    bool skims = false;       // only keys that matter are looked up: Frame::keys
    bool cuts_narratives = false;
    bool is_bundle = false;        // and its members go that SPEC 8.2 names
    bool fragments_known = false;  // of an owner
    std::uint32_t fragments = 0;   // of an owner: where its part of fragments_ begins
    // What the plan around the resource says of it, by the elements that every resource has.
    const Plan* outer_plan = nullptr;
    std::uint32_t outer_trie = 0xFFFFFFFF;
  };
  // A contained resource that stays, by its id.
  struct Fragment {
    std::uint32_t hash = 0;
    fhir::TypeId type = fhir::TypeId::kNone;
    json::NodeIndex id = 0;
  };
  struct EmitFrame {
    json::MemberCutter cutter;
    json::NodeIndex next_child;
    json::NodeIndex end;
  };

  // redactor.cpp: the walk.
  [[nodiscard]] bool plain();
  void skim(Frame& frame);
  void visit_member(json::NodeIndex node);
  void visit_unknown(json::NodeIndex node, std::string_view key);
  void visit_item(json::NodeIndex node);
  void visit_value(json::NodeIndex node, const fhir::Child& child, const Edge* edge);
  void visit_object(json::NodeIndex node, fhir::TypeId type, const fhir::Element* element,
                    std::uint32_t trie);
  void open_object(json::NodeIndex node, fhir::TypeId type, std::uint32_t trie);
  Frame& open_array(json::NodeIndex node, fhir::TypeId type, Shape shape, std::uint32_t trie);
  void close();
  [[nodiscard]] std::uint32_t item_trie(json::NodeIndex item, const Frame& frame,
                                        bool& without_url) const;
  [[nodiscard]] bool is_bare(json::NodeIndex node) const;
  [[nodiscard]] bool may_hold_hidden(fhir::TypeId type) const;
  void keep(json::NodeIndex node);
  void cut(json::NodeIndex node);

  // redactor_pairs.cpp: arrays of primitives and their siblings.
  void settle_pending(Frame& object);
  void settle_pair(Frame& object, json::NodeIndex array, json::NodeIndex other);
  [[nodiscard]] json::NodeIndex counterpart(json::NodeIndex object, json::NodeIndex member) const;

  // redactor_nested.cpp: resources inside a resource, and Bundles.
  void open_scope(json::NodeIndex node, const Plan& plan, Nesting nesting, const Plan* outer_plan,
                  std::uint32_t outer_trie);
  void close_scope();
  void visit_nested(json::NodeIndex node, const fhir::Child& child, const Edge* edge);
  void visit_resource(json::NodeIndex node, Nesting nesting, std::uint32_t trie);
  [[nodiscard]] bool outer_plan_cuts(const fhir::Child& child) const;
  [[nodiscard]] bool cut_of_bundle(json::NodeIndex node, const fhir::Child& child);
  // Of a Bundle of which entries can be cut.
  [[nodiscard]] bool is_entry(fhir::TypeId type) const;
  [[nodiscard]] bool lacks_resource(const Frame& frame) const;
  [[nodiscard]] bool keeps_link(json::NodeIndex link, std::uint32_t trie) const;

  // redactor_references.cpp
  [[nodiscard]] ReferenceCuts cuts_of(json::NodeIndex reference, const fhir::Element* element,
                                      std::uint32_t trie);
  [[nodiscard]] bool cuts_wrong_reference(const fhir::Element* element) const;
  [[nodiscard]] bool names_cut_contained() const;
  [[nodiscard]] fhir::TypeId fragment_type(std::string_view id);
  void find_fragments(Scope& owner);

  // redactor_marks.cpp: marks and masks (SPEC 7.8).
  void put_in(Frame& object);
  void put_mark(Frame& resource);
  void put(json::NodeIndex container, std::string_view text);
  void give_way(json::NodeIndex object, json::NodeIndex member);
  [[nodiscard]] bool replace_mask(json::NodeIndex object, std::string_view member,
                                  std::string_view text);
  [[nodiscard]] bool has_rival(const Frame& object, const Mask& mask) const;
  [[nodiscard]] bool is_kept(json::NodeIndex node) const;
  void sort_insertions();

  [[nodiscard]] Scope& scope() { return scopes_.back(); }
  [[nodiscard]] const Scope& scope() const { return scopes_.back(); }

  const json::Document* document_ = nullptr;
  const Plan* plan_ = nullptr;
  const Closure* closure_ = nullptr;
  Judge* judge_ = nullptr;
  bool cuts_references_ = false;  // closure can cut a Reference or a part of one
  // Nothing that closure cuts stands in an extension, or leaves an empty container.
  enum class Plain : std::uint8_t { kUnknown, kYes, kNo };
  Plain plain_ = Plain::kYes;
  json::NodeIndex root_ = 0;
  json::NodeIndex nested_resource_ = json::kNoNode;
  std::vector<Mark> marks_;  // by node index - root_; only grows
  std::vector<Frame> stack_;
  std::vector<Scope> scopes_;        // the first is that of the root, and stays
  std::vector<Fragment> fragments_;  // of each owner by hash
  std::vector<EmitFrame> emit_stack_;
  std::vector<Literal> insertions_;  // in what is kept, and in what was cut afterwards
};

}  // namespace fhirwall::redact

#include <algorithm>
#include <vector>

#include "core/json/edit_list.hpp"
#include "core/redact/marks.hpp"

namespace fhirwall::redact {
namespace {

using fhir::TypeId;
using json::Document;
using json::kNoNode;
using json::MemberCutter;
using json::NodeIndex;

constexpr std::string_view kMaskSystem =
    "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
constexpr std::string_view kMarkSystem =
    "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

std::uint32_t count_children(const Document& document, NodeIndex parent) {
  std::uint32_t count = 0;
  for (NodeIndex node = parent + 1, end = document[parent].next; node != end;
       node = document[node].next) {
    ++count;
  }
  return count;
}

// Is `node` an object of two members, these strings?
bool is_pair(const Document& document, NodeIndex node, std::string_view key, std::string_view value,
             std::string_view other_key, std::string_view other_value) {
  const NodeIndex one = document.find(node, key);
  const NodeIndex two = document.find(node, other_key);
  return one != kNoNode && two != kNoNode && count_children(document, node) == 2 &&
         document.string_is(one, value) && document.string_is(two, other_value);
}

bool is_mark(const Document& document, NodeIndex node, Mark mark) {
  return is_pair(document, node, "system", kMarkSystem, "code", mark_code(mark));
}

// What stands for a hidden value that does not repeat; `marked`: with a mark in it, as in a hidden
// `meta`.
bool is_mask_object(const Document& document, NodeIndex node, Mark marked) {
  if (!document.is_object(node)) {
    return false;
  }
  bool masked = false;
  for (NodeIndex child = node + 1, end = document[node].next; child != end;
       child = document[child].next) {
    const bool single = document.is_array(child) && count_children(document, child) == 1;
    if (single && document.key(child) == "extension" &&
        is_pair(document, child + 1, "url", kMaskSystem, "valueCode", "masked")) {
      masked = true;
    } else if (!single || marked == Mark::kNone || document.key(child) != mark_member(marked) ||
               !is_mark(document, child + 1, marked)) {
      return false;
    }
  }
  return masked;
}

bool is_mask(const Document& document, NodeIndex node, bool repeats, Mark marked) {
  if (!repeats) {
    return is_mask_object(document, node, marked);
  }
  if (!document.is_array(node) || !document.has_children(node) ||
      !is_mask_object(document, node + 1, Mark::kNone)) {
    return false;
  }
  const NodeIndex second = document[node + 1].next;
  const NodeIndex end = document[node].next;
  return second == end || (marked != Mark::kNone && document[second].next == end &&
                           is_mark(document, second, marked));
}

// Recursion is as deep as the resource is nested: at most Limits::max_depth.
class Stripper {
 public:
  Stripper(const Document& document, const Strip& strip) : document_(document), strip_(strip) {}

  void run(std::string& out) {
    const Plan& plan = *strip_.plan;
    At root{&plan, 0, plan.type};
    if (marks(plan, strip_.closure)) {
      root.where = Where::kResource;
      const std::uint32_t stored = stored_marks();
      const std::uint32_t sent = count_marks(document_, plan.mark);
      drop_ = sent > stored ? sent - stored : 0;
    }
    (void)object(0, root);
    const std::string_view text = document_.text();
    out.reserve(out.size() + text.size());  // a copy that grew would stay behind (SPEC P7)
    edits_.apply(text, 0, static_cast<std::uint32_t>(text.size()), out);
  }

 private:
  enum class Where : std::uint8_t {
    kPlain,
    kResource,  // one that can be marked
    kMeta,      // its `meta`
  };
  struct At {
    const Plan* plan = nullptr;
    std::uint32_t trie = kNoTrie;
    TypeId type = TypeId::kNone;
    Where where = Where::kPlain;
  };

  static std::uint32_t count_marks(const Document& document, Mark mark) {
    const NodeIndex items = document.find(document.find(0, "meta"), mark_member(mark));
    std::uint32_t count = 0;
    if (items != kNoNode && document.is_array(items)) {
      for (NodeIndex node = items + 1, end = document[items].next; node != end;
           node = document[node].next) {
        count += is_mark(document, node, mark) ? 1U : 0U;
      }
    }
    return count;
  }

  // The stored version's own marks that the caller was shown.
  [[nodiscard]] std::uint32_t stored_marks() const {
    const Plan& plan = *strip_.plan;
    const TypeId meta = fhir::well_known().meta;
    const Edge* edge = plan.find_edge(0, fhir::find_element(plan.type, "meta"), meta);
    const bool hidden =
        edge != nullptr &&
        (plan.nodes[edge->node].cut ||
         plan.find_edge(edge->node, fhir::find_element(meta, mark_member(plan.mark)),
                        fhir::well_known().coding) != nullptr);
    return hidden || strip_.stored == nullptr ? 0 : count_marks(*strip_.stored, plan.mark);
  }

  // False: nothing is left of it, and something was there.
  bool object(NodeIndex node, const At& at) {
    MemberCutter cutter(document_, node, edits_);
    for (NodeIndex child = node + 1, end = document_[node].next; child != end;
         child = document_[child].next) {
      const json::EditList::Mark before = edits_.mark();
      if (member(child, at)) {
        cutter.keep(child);
      } else {
        edits_.rollback(before);
        cutter.cut(child);
      }
    }
    return cutter.kept_any() || !document_.has_children(node);
  }

  bool member(NodeIndex node, const At& at) {
    const std::string_view key = document_.key(node);
    const fhir::Child child = fhir::find_child(at.type, key);
    if (child.element == nullptr) {
      return true;
    }
    const bool meta = at.where == Where::kResource && key == "meta";
    const bool labels = at.where == Where::kMeta && key == mark_member(at.plan->mark);
    if (at.trie != kNoTrie) {
      for (const Mask& mask : at.plan->nodes[at.trie].masks) {
        const std::string_view masked = std::string_view(mask.text).substr(1, key.size() + 1);
        if (mask.element == child.element && masked.back() == '"' && masked.starts_with(key) &&
            is_mask(document_, node, child.element->repeats,
                    meta || labels ? at.plan->mark : Mark::kNone)) {
          return false;
        }
      }
    }
    At below = at;
    below.where = meta ? Where::kMeta : Where::kPlain;
    const Edge* const edge = at.plan->find_edge(at.trie, child.element, child.type);
    below.trie = edge == nullptr ? kNoTrie : edge->node;
    below.type = is_resource(child.type) ? child.type : object_type(child.type);
    if (!document_.is_array(node)) {
      return value(node, below, edge, key);
    }
    MemberCutter cutter(document_, node, edits_);
    for (NodeIndex item = node + 1, end = document_[node].next; item != end;
         item = document_[item].next) {
      const json::EditList::Mark before = edits_.mark();
      if (labels && drop_ != 0 && is_mark(document_, item, at.plan->mark)) {
        --drop_;
        cutter.cut(item);
      } else if (value(item, below, edge, key)) {
        cutter.keep(item);
      } else {
        edits_.rollback(before);
        cutter.cut(item);
      }
    }
    return cutter.kept_any() || !document_.has_children(node);
  }

  bool value(NodeIndex node, const At& at, const Edge* edge, std::string_view key) {
    if (!document_.is_object(node)) {
      return true;
    }
    At here = at;
    if (is_resource(at.type)) {
      return resource(node, here, key);
    }
    if (edge != nullptr) {
      const NodeIndex url = edge->urls.empty() ? kNoNode : document_.find(node, "url");
      for (const UrlBranch& branch : edge->urls) {
        if (url != kNoNode && document_.string_is(url, branch.url)) {
          here.trie = branch.node;
        }
      }
    }
    return object(node, here);
  }

  // A resource inside the resource: its own plan put into it what there is.
  bool resource(NodeIndex node, At& at, std::string_view key) {
    const NodeIndex name = document_.find(node, "resourceType");
    std::string scratch;
    at.type = name == kNoNode || !document_.is_string(name)
                  ? TypeId::kNone
                  : fhir::find_resource_type(document_.string(name, scratch));
    if (at.type == TypeId::kNone || strip_.judge == nullptr) {
      return true;
    }
    const Nesting nesting = key == "contained"  ? Nesting::kContained
                            : key == "resource" ? Nesting::kEntry
                            : key == "outcome"  ? Nesting::kOutcome
                                                : Nesting::kOther;
    const Plan* const judged = strip_.judge->judge(document_, node, nesting);
    if (judged == nullptr && (nesting == Nesting::kContained || at.plan->mark == Mark::kNone)) {
      return true;
    }
    // Without a plan it counts as marked: SUBSETTED itself keeps criteria from deciding (SPEC 8.6).
    at.trie = judged == nullptr ? kNoTrie : 0;
    at.plan = judged == nullptr ? at.plan : judged;
    const std::uint32_t outer = drop_;
    if (nesting != Nesting::kContained && (judged == nullptr || marks(*judged, strip_.closure))) {
      at.where = Where::kResource;
      // The engine's own stands in front.
      const NodeIndex items =
          document_.find(document_.find(node, "meta"), mark_member(at.plan->mark));
      drop_ = items != kNoNode && document_.is_array(items) && document_.has_children(items) &&
                      is_mark(document_, items + 1, at.plan->mark)
                  ? 1
                  : 0;
    }
    const bool left = object(node, at);
    drop_ = outer;
    return left;
  }

  const Document& document_;
  const Strip& strip_;
  json::EditList edits_;
  std::uint32_t drop_ = 0;  // marks to be taken out of the resource at hand
};

}  // namespace

void append_stripped(const Document& document, const Strip& strip, std::string& out) {
  Stripper(document, strip).run(out);
}

}  // namespace fhirwall::redact

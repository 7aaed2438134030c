#include "core/redact/redactor.hpp"

namespace fhirwall::redact {

using json::Kind;
using json::NodeIndex;

void Redactor::settle_pending(Frame& object) {
  const json::Document& document = *document_;
  for (NodeIndex node = document.first_child(object.container); node != object.end;
       node = document[node].next) {
    if (marks_[node - root_] == Mark::kPending) {
      const NodeIndex other = counterpart(object.container, node);
      const bool paired = other != json::kNoNode && marks_[other - root_] == Mark::kPending;
      settle_pair(object, node, paired ? other : json::kNoNode);
    }
  }
}

// The member `_x` of `x`, or `x` of `_x`.
NodeIndex Redactor::counterpart(NodeIndex object, NodeIndex member) const {
  const json::Document& document = *document_;
  const std::string_view key = document.key(member);
  for (NodeIndex node = document.first_child(object), end = document[object].next; node != end;
       node = document[node].next) {
    const std::string_view other = document.key(node);
    const std::string_view longer = other.size() > key.size() ? other : key;
    const std::string_view shorter = other.size() > key.size() ? key : other;
    if (longer.size() == shorter.size() + 1 && longer.front() == '_' &&
        longer.substr(1) == shorter) {
      return node;
    }
  }
  return json::kNoNode;
}

// SPEC 7.5: a position empty in both arrays goes from both, so that the rest stays aligned; one
// that is empty in one of them is `null` there, whatever stood in it; an array without content
// goes.
void Redactor::settle_pair(Frame& object, NodeIndex array, NodeIndex other) {
  const json::Document& document = *document_;
  struct Side {
    NodeIndex array = json::kNoNode;
    NodeIndex item = 0;
    NodeIndex end = 0;
    bool kept_any = false;
    bool touched = false;
  };
  Side sides[2];
  sides[0].array = array;
  sides[1].array = other;
  for (Side& side : sides) {
    if (side.array != json::kNoNode) {
      side.item = document.first_child(side.array);
      side.end = document[side.array].next;
    }
  }
  const auto empty = [&](const Side& side) {
    return side.item == side.end || marks_[side.item - root_] == Mark::kEmpty;
  };
  while (sides[0].item != sides[0].end || sides[1].item != sides[1].end) {
    const bool both_empty = empty(sides[0]) && empty(sides[1]);
    for (Side& side : sides) {
      if (side.item == side.end) {
        continue;
      }
      Mark& mark = marks_[side.item - root_];
      if (both_empty) {
        mark = Mark::kCut;
        side.touched = true;
      } else if (mark != Mark::kEmpty) {
        side.kept_any = true;
        side.touched = side.touched || mark == Mark::kTouched;
      } else if (document.kind(side.item) == Kind::kNull) {
        mark = Mark::kKeep;
      } else {
        mark = Mark::kNull;
        side.touched = true;
      }
      side.item = document[side.item].next;
    }
  }
  for (const Side& side : sides) {
    if (side.array == json::kNoNode) {
      continue;
    }
    object.kept_any = object.kept_any || side.kept_any;
    object.touched = object.touched || side.touched || !side.kept_any;
    marks_[side.array - root_] = !side.kept_any ? Mark::kCut
                                 : side.touched ? Mark::kTouched
                                                : Mark::kKeep;
  }
}

}  // namespace fhirwall::redact

#include <utility>
#include <vector>

#include "tests/properties/case_file.hpp"

namespace fhirwall::properties {
namespace {

// Where a value stands: child by child from the root.
using Address = std::vector<std::size_t>;

void addresses_of(const Node& node, Address& here, std::vector<Address>& out) {
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    here.push_back(i);
    out.push_back(here);
    addresses_of(node.children[i], here, out);
    here.pop_back();
  }
}

std::vector<Address> addresses_of(const Node& root) {
  std::vector<Address> out;
  Address here;
  addresses_of(root, here, out);
  return out;
}

// The value in another tree that stands at the same names and positions; its parent and its index.
std::pair<Node*, std::size_t> counterpart(const Node& root, const Address& address, Node& other) {
  const Node* from = &root;
  Node* to = &other;
  for (std::size_t depth = 0;; ++depth) {
    const Node& child = from->children[address[depth]];
    std::size_t index = address[depth];
    if (to->is_object()) {
      for (index = 0; index < to->children.size() && to->children[index].key != child.key;) {
        ++index;
      }
    }
    if (index >= to->children.size()) {
      return {nullptr, 0};
    }
    if (depth + 1 == address.size()) {
      return {to, index};
    }
    from = &child;
    to = &to->children[index];
  }
}

bool erase(const Node& root, const Address& address, Node& from) {
  const auto [parent, index] = counterpart(root, address, from);
  if (parent == nullptr) {
    return false;
  }
  parent->children.erase(parent->children.begin() + static_cast<std::ptrdiff_t>(index));
  return true;
}

class Shrinker {
 public:
  Shrinker(Checker& checker, std::string what) : checker_(checker), what_(std::move(what)) {}

  bool fails(const Case& one, bool new_policy) {
    if (++tries_ > 20000 || (new_policy && !checker_.use(one.policy))) {
      return false;
    }
    Measure measure;
    const auto failure = checker_.check(one, measure);
    return failure && failure->what == what_;
  }

  bool take(Case& current, Case next, bool new_policy) {
    if (!fails(next, new_policy)) {
      if (new_policy) {
        (void)checker_.use(current.policy);
      }
      return false;
    }
    current = std::move(next);
    return true;
  }

  bool shrink_policy(Case& current) {
    bool any = false;
    for (std::size_t i = 0; i < addresses_of(current.policy).size();) {
      Case next = current;
      const Address address = addresses_of(current.policy)[i];
      const bool took =
          erase(current.policy, address, next.policy) && take(current, std::move(next), true);
      any = any || took;
      i += took ? 0 : 1;
    }
    return any;
  }

  // kind 0: in both; 1: in a; 2: in b; 3: b becomes as a there.
  bool shrink_bodies(Case& current, int kind) {
    bool any = false;
    const Node& guide = kind == 2 ? current.b : current.a;
    for (std::size_t i = 0; i < addresses_of(guide).size();) {
      Case next = current;
      const Address address = addresses_of(guide)[i];
      bool changed = false;
      if (kind == 3) {
        Node a = current.a;
        const auto [to, index] = counterpart(current.a, address, next.b);
        const auto [from, from_index] = counterpart(current.a, address, a);
        changed =
            to != nullptr && written(to->children[index]) != written(from->children[from_index]);
        if (changed) {
          to->children[index] = from->children[from_index];
        }
      } else {
        const Node root = guide;
        changed = kind != 2 && erase(root, address, next.a);
        changed = (kind != 1 && erase(root, address, next.b)) || changed;
      }
      const bool took = changed && take(current, std::move(next), false);
      any = any || took;
      i += took ? 0 : 1;
    }
    return any;
  }

 private:
  Checker& checker_;
  std::string what_;
  int tries_ = 0;
};

}  // namespace

Case shrunk(Checker& checker, Case failing, const Failure& failure) {
  Shrinker shrinker(checker, failure.what);
  if (!shrinker.fails(failing, true)) {
    return failing;
  }
  for (bool any = true; any;) {
    any = shrinker.shrink_policy(failing);
    for (const int kind : {0, 1, 2, 3}) {
      any = shrinker.shrink_bodies(failing, kind) || any;
    }
  }
  Case plain = failing;
  plain.style = {};
  (void)shrinker.take(failing, std::move(plain), false);
  return failing;
}

}  // namespace fhirwall::properties

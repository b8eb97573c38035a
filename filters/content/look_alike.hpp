// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace filters::content {
/// What eyes take a name for, letters of all scripts reduced to one shape each (UTS #39): "раураl"
/// in Cyrillic, "paypa1" and "PAYPAL" are one. UTF-8 in and out, lower case.
std::string skeleton(std::string_view utf8);

/// Names that others like to pretend to be.
class ProtectedNames {
public:
    /// Registrable domains ("bank.example"), in any case; what is no domain is left out. Those of
    /// `common` may be everyday words, which honest neighbours have in their names, too: they are
    /// protected from tricks that no neighbour needs.
    explicit ProtectedNames(const std::vector<std::string>& domains,
                            const std::vector<std::string>& common = {});

    enum class Trick {
        same_shape, ///< paypa1.com, раураl.com
        one_letter, ///< paypall.com
        embedded, ///< paypal.com.evil.example
        combined ///< paypal-login.example
    };
    struct Imitation {
        std::string domain; ///< the protected one
        Trick trick = Trick::same_shape;
    };
    /// What `host` (A-labels, lower case) pretends to be. nullopt: nothing, or it is one of them.
    std::optional<Imitation> find(const std::string& host) const;
    bool is_empty() const { return all_.empty(); }

private:
    struct Name {
        std::string domain, label, shape; ///< "paypal.com", "paypal", its skeleton
        bool is_common = false;
    };
    void add(const std::vector<std::string>& domains, bool is_common);
    std::vector<Name> all_;
};
}

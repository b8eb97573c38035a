// SPDX-License-Identifier: Apache-2.0
#include "filters/content/fingerprint.hpp"

#include <cstring>
#include <optional>

namespace filters::content {
namespace {
using Kind = Fingerprint::Kind;

class Reader {
public:
    explicit Reader(std::string_view in) : in_{in} { }
    bool is_good() const { return is_good_; }
    bool is_at_end() const { return in_.empty(); }
    template <class T> void take(T& value)
    {
        is_good_ = is_good_ && in_.size() >= sizeof value;
        if (!is_good_)
            return;
        std::memcpy(&value, in_.data(), sizeof value);
        in_.remove_prefix(sizeof value);
    }

private:
    std::string_view in_;
    bool is_good_ = true;
};

template <class T> void put(std::string& out, const T& value)
{
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
}

std::string encode(std::span<const Fingerprint> prints)
{
    std::string out;
    for (const auto& print : prints) {
        put(out, static_cast<std::uint8_t>(print.kind));
        put(out, print.exact);
        if (print.kind == Kind::picture)
            put(out, print.look);
        if (print.kind == Kind::text)
            put(out, print.shingles);
        if (print.shingles > 0)
            put(out, print.sketch);
    }
    return out;
}

std::optional<std::vector<Fingerprint>> decode_fingerprints(std::string_view octets)
{
    std::vector<Fingerprint> prints;
    for (Reader in{octets}; !in.is_at_end();) {
        auto& print = prints.emplace_back();
        std::uint8_t kind = 0;
        in.take(kind);
        in.take(print.exact);
        if (kind > static_cast<std::uint8_t>(Kind::picture))
            return {};
        print.kind = static_cast<Kind>(kind);
        if (print.kind == Kind::picture)
            in.take(print.look);
        if (print.kind == Kind::text)
            in.take(print.shingles);
        if (print.shingles > 0)
            in.take(print.sketch);
        if (!in.is_good())
            return {};
    }
    return prints;
}
}

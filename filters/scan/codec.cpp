// SPDX-License-Identifier: Apache-2.0
#include "filters/scan/codec.hpp"

#include "filters/finding_types.hpp"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <set>
#include <type_traits>

namespace filters {
namespace {
class Writer {
public:
    void operator()(std::string_view text)
    {
        (*this)(static_cast<std::uint32_t>(text.size()));
        out_ += text;
    }
    template <class Number>
        requires std::is_arithmetic_v<Number>
    void operator()(Number number)
    {
        out_.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
    std::string take() { return std::move(out_); }

private:
    std::string out_;
};

class Reader {
public:
    explicit Reader(std::string_view in) : in_{in} { }
    bool is_good() const { return is_good_; }
    bool is_at_end() const { return is_good_ && in_.empty(); }

    template <class Number>
        requires std::is_arithmetic_v<Number>
    Number number()
    {
        Number value{};
        const auto octets = take(sizeof value);
        if (is_good_)
            std::memcpy(&value, octets.data(), sizeof value);
        return value;
    }
    std::string_view text() { return take(number<std::uint32_t>()); }
    void fail() { is_good_ = false; }

private:
    std::string_view take(std::size_t size)
    {
        is_good_ = is_good_ && size <= in_.size();
        if (!is_good_)
            return {};
        const auto octets = in_.substr(0, size);
        in_.remove_prefix(size);
        return octets;
    }
    std::string_view in_;
    bool is_good_ = true;
};

void write(Writer& out, const mail::Finding& finding)
{
    out(finding.name);
    out(finding.detail);
    out(finding.evidence);
    out(finding.weight.value_or(std::nan("")));
}

/// Facts that a scan can find; a worker that speaks of others lies.
const FindingType* content_finding(std::string_view name)
{
    static const std::set<std::string_view> names = [] {
        std::set<std::string_view> all{"content.unscannable"};
        for (const auto* layer : layer_types())
            if (layer->make_content)
                for (const auto& type : layer->findings)
                    all.insert(type.name);
        return all;
    }();
    return names.contains(name) ? finding_type(name) : nullptr;
}

mail::Finding read_finding(Reader& in)
{
    mail::Finding finding;
    const auto* type = content_finding(in.text());
    finding.detail = in.text();
    finding.evidence = in.text();
    const auto weight = in.number<double>();
    if (!std::isnan(weight))
        finding.weight = weight;
    if (type)
        finding.name = type->name; // never goes away, unlike what was read
    else
        in.fail();
    return finding;
}
}

std::string encode(const Scanned& scanned)
{
    Writer out;
    out(static_cast<std::uint32_t>(scanned.findings.size()));
    for (const auto& finding : scanned.findings)
        write(out, finding);
    return out.take();
}

std::optional<Scanned> decode(std::string_view encoded)
{
    Reader in{encoded};
    Scanned scanned;
    for (auto left = in.number<std::uint32_t>(); left > 0 && in.is_good(); --left)
        scanned.findings.push_back(read_finding(in));
    if (!in.is_at_end())
        return {};
    return scanned;
}
}

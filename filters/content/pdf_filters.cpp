// SPDX-License-Identifier: Apache-2.0
#include "filters/content/pdf_filters.hpp"

#include "filters/content/pdf_objects.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <qpdf/Pl_Flate.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFStreamFilter.hh>
#include <stdexcept>
#include <string>
#include <vector>

namespace filters::content {
namespace {
thread_local UnpackLimit* current = nullptr;

class Counted final : public Pipeline {
public:
    explicit Counted(Pipeline* next) : Pipeline{"", next} { }
    void write(const unsigned char* data, std::size_t size) override
    {
        if (current != nullptr)
            current->take({reinterpret_cast<const char*>(data), size});
        getNext()->write(data, size);
    }
    void finish() override { getNext()->finish(); }
};

/// Undoes how octets are written as text (ISO 32000 §7.4.2, §7.4.3): `base` digits stand for one
/// octet, or for four.
class Text final : public Pipeline {
public:
    enum class Base { hexadecimal, base85 };
    Text(Pipeline* next, Base base) : Pipeline{"", next}, base_{base} { }
    void write(const unsigned char* data, std::size_t size) override
    {
        for (std::size_t i = 0; i < size && !is_at_end_; ++i)
            take(static_cast<char>(data[i]));
        pass_on();
    }
    void finish() override
    {
        if (count_ > 0)
            end_group();
        pass_on();
        getNext()->finish();
    }

private:
    unsigned whole() const { return base_ == Base::hexadecimal ? 2 : 5; }
    void take(char c)
    {
        const bool is_blank = c == '\0' || c == ' ' || (c >= '\t' && c <= '\r');
        if (is_blank)
            return;
        if (c == (base_ == Base::hexadecimal ? '>' : '~')) {
            is_at_end_ = true;
            return;
        }
        if (base_ == Base::base85 && c == 'z' && count_ == 0) {
            out_.append(4, '\0');
            return;
        }
        const int digit = base_ == Base::base85 ? c - '!'
            : c >= '0' && c <= '9'              ? c - '0'
            : c >= 'a' && c <= 'f'              ? c - 'a' + 10
            : c >= 'A' && c <= 'F'              ? c - 'A' + 10
                                                : -1;
        const int digits = base_ == Base::base85 ? 85 : 16;
        if (digit < 0 || digit >= digits)
            throw std::runtime_error{"no digit"};
        value_ = value_ * static_cast<unsigned>(digits) + static_cast<unsigned>(digit);
        if (++count_ == whole())
            end_group();
    }
    /// A group that ends early stands for fewer octets.
    void end_group()
    {
        const unsigned octets = base_ == Base::hexadecimal ? 1 : count_ - 1;
        for (; count_ < whole(); ++count_)
            value_ = base_ == Base::hexadecimal ? value_ * 16 : value_ * 85 + 84;
        for (unsigned i = 0; i < octets; ++i)
            out_ += static_cast<char>(base_ == Base::hexadecimal ? value_
                                                                 : value_ >> (24 - 8 * i) & 0xFF);
        value_ = 0;
        count_ = 0;
    }
    void pass_on()
    {
        if (!out_.empty())
            getNext()->write(reinterpret_cast<const unsigned char*>(out_.data()), out_.size());
        out_.clear();
    }

    Base base_;
    bool is_at_end_ = false;
    std::uint32_t value_ = 0;
    unsigned count_ = 0;
    std::string out_;
};

/// Undoes PNG's prediction (RFC 2083 §6): an octet that says how, then a row.
class Rows final : public Pipeline {
public:
    Rows(Pipeline* next, std::size_t row, std::size_t pixel)
        : Pipeline{"", next}, row_(row), above_(row), pixel_{pixel}
    { }
    void write(const unsigned char* data, std::size_t size) override
    {
        for (std::size_t i = 0; i < size; ++i) {
            if (at_ == 0)
                kind_ = data[i];
            else
                row_[at_ - 1] = data[i];
            if (++at_ > row_.size())
                end_row(row_.size());
        }
    }
    void finish() override
    {
        if (at_ > 1)
            end_row(at_ - 1);
        getNext()->finish();
    }

private:
    using Row = std::vector<unsigned char>;
    static int before(const Row& row, std::size_t at, std::size_t pixel)
    {
        return at < pixel ? 0 : row[at - pixel];
    }
    int predicted(std::size_t at) const
    {
        const int left = before(row_, at, pixel_), up = above_[at],
                  corner = before(above_, at, pixel_);
        switch (kind_) {
        case 1:
            return left;
        case 2:
            return up;
        case 3:
            return (left + up) / 2;
        case 4: {
            const int by_left = std::abs(up - corner), by_up = std::abs(left - corner),
                      by_corner = std::abs(left + up - 2 * corner);
            return by_left <= by_up && by_left <= by_corner ? left
                : by_up <= by_corner                        ? up
                                                            : corner;
        }
        default:
            return 0;
        }
    }
    /// The last one may be shorter.
    void end_row(std::size_t size)
    {
        for (std::size_t i = 0; i < size; ++i)
            row_[i] = static_cast<unsigned char>(row_[i] + predicted(i));
        getNext()->write(row_.data(), size);
        row_.swap(above_);
        at_ = 0;
    }

    Row row_, above_;
    std::size_t pixel_, at_ = 0;
    unsigned char kind_ = 0;
};

bool refuse()
{
    if (current != nullptr)
        current->refuse();
    return false;
}

class Flate final : public QPDFStreamFilter {
public:
    bool setDecodeParms(QPDFObjectHandle parameters) override
    {
        return take(parameters) || refuse();
    }
    Pipeline* getDecodePipeline(Pipeline* next) override
    {
        next = (counted_ = std::make_unique<Counted>(next)).get();
        if (row_ > 0)
            next = (rows_ = std::make_unique<Rows>(next, row_, pixel_)).get();
        flate_ = std::make_unique<Pl_Flate>("", next, Pl_Flate::a_inflate);
        return flate_.get();
    }

private:
    bool take(QPDFObjectHandle& parameters)
    {
        if (parameters.isNull())
            return true;
        if (!parameters.isDictionary())
            return false;
        const auto number = [&](const char* key, long long otherwise) {
            auto value = parameters.getKey(key);
            return value.isNull() ? otherwise : value.isInteger() ? value.getIntValue() : -1;
        };
        const auto predictor = number("/Predictor", 1), columns = number("/Columns", 1),
                   colours = number("/Colors", 1), bits = number("/BitsPerComponent", 8);
        constexpr long long first_of_png = 10, last_of_png = 15, most = 1 << 16; // a row
        if (predictor == 1)
            return true;
        if (predictor < first_of_png || predictor > last_of_png || columns < 1 || columns > most
            || colours < 1 || colours > 32 || bits < 1 || bits > 16
            || columns * colours * bits / 8 > most)
            return false;
        row_ = static_cast<std::size_t>((columns * colours * bits + 7) / 8);
        pixel_ = static_cast<std::size_t>((colours * bits + 7) / 8);
        return true;
    }

    std::size_t row_ = 0, pixel_ = 0;
    std::unique_ptr<Pipeline> rows_, counted_, flate_;
};

class FromText final : public QPDFStreamFilter {
public:
    explicit FromText(Text::Base base) : base_{base} { }
    bool setDecodeParms(QPDFObjectHandle) override { return true; } // it has none
    Pipeline* getDecodePipeline(Pipeline* next) override
    {
        counted_ = std::make_unique<Counted>(next);
        text_ = std::make_unique<Text>(counted_.get(), base_);
        return text_.get();
    }

private:
    Text::Base base_;
    std::unique_ptr<Pipeline> counted_, text_;
};

class Refused final : public QPDFStreamFilter {
public:
    bool setDecodeParms(QPDFObjectHandle) override { return refuse(); }
    Pipeline* getDecodePipeline(Pipeline* next) override { return next; }
};

void register_filters()
{
    QPDF::registerStreamFilter("/FlateDecode", [] { return std::make_shared<Flate>(); });
    QPDF::registerStreamFilter("/ASCIIHexDecode",
                               [] { return std::make_shared<FromText>(Text::Base::hexadecimal); });
    QPDF::registerStreamFilter("/ASCII85Decode",
                               [] { return std::make_shared<FromText>(Text::Base::base85); });
    for (const auto* name : {"/LZWDecode", "/RunLengthDecode"})
        QPDF::registerStreamFilter(name, [] { return std::make_shared<Refused>(); });
}
}

UnpackLimit::UnpackLimit(std::size_t octets, std::size_t* values)
    : left_{octets}, values_{values}, before_{current}
{
    static const bool is_registered = (register_filters(), true);
    current = is_registered ? this : nullptr;
}

UnpackLimit::~UnpackLimit() { current = before_; }

void UnpackLimit::take(std::string_view octets)
{
    is_over_ = is_over_ || octets.size() > left_;
    take_values(octets);
    if (is_over_)
        throw std::runtime_error{"too much"};
    left_ -= octets.size();
}

void UnpackLimit::take_values(std::string_view octets)
{
    if (values_ == nullptr || is_over_)
        return;
    values_unpaid_ += count_values(octets);
    const auto price = values_unpaid_ / values_for_one;
    values_unpaid_ %= values_for_one;
    is_over_ = price >= *values_;
    *values_ -= is_over_ ? *values_ : price;
}

UnpackLimit* UnpackLimit::latest() { return current; }
}

// SPDX-License-Identifier: Apache-2.0
#include "filters/content/pdf_filters.hpp"

#include "filters/content/pdf_objects.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <qpdf/Pl_Flate.hh>
#include <qpdf/QPDF.hh>
#include <qpdf/QPDFStreamFilter.hh>
#include <stdexcept>
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
                end_row();
        }
    }
    void finish() override
    {
        if (at_ > 1) {
            std::fill(row_.begin() + static_cast<std::ptrdiff_t>(at_ - 1), row_.end(), '\0');
            end_row();
        }
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
    void end_row()
    {
        for (std::size_t i = 0; i < row_.size(); ++i)
            row_[i] = static_cast<unsigned char>(row_[i] + predicted(i));
        getNext()->write(row_.data(), row_.size());
        row_.swap(above_);
        at_ = 0;
    }

    Row row_, above_;
    std::size_t pixel_, at_ = 0;
    unsigned char kind_ = 0;
};

class Flate final : public QPDFStreamFilter {
public:
    bool setDecodeParms(QPDFObjectHandle parameters) override
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
        constexpr long long first_of_png = 10, last_of_png = 15, most = 1 << 20;
        if (predictor == 1)
            return true;
        if (predictor < first_of_png || predictor > last_of_png || columns < 1 || columns > most
            || colours < 1 || colours > 32 || bits < 1 || bits > 16)
            return false;
        row_ = static_cast<std::size_t>((columns * colours * bits + 7) / 8);
        pixel_ = static_cast<std::size_t>((colours * bits + 7) / 8);
        return true;
    }
    Pipeline* getDecodePipeline(Pipeline* next) override
    {
        if (row_ > 0)
            next = (rows_ = std::make_unique<Rows>(next, row_, pixel_)).get();
        counted_ = std::make_unique<Counted>(next);
        flate_ = std::make_unique<Pl_Flate>("", counted_.get(), Pl_Flate::a_inflate);
        return flate_.get();
    }

private:
    std::size_t row_ = 0, pixel_ = 0;
    std::unique_ptr<Pipeline> rows_, counted_, flate_;
};

class Refused final : public QPDFStreamFilter {
public:
    bool setDecodeParms(QPDFObjectHandle) override { return false; }
    Pipeline* getDecodePipeline(Pipeline* next) override { return next; }
};

void register_filters()
{
    QPDF::registerStreamFilter("/FlateDecode", [] { return std::make_shared<Flate>(); });
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
    if (values_ != nullptr && !is_over_) {
        const auto price = count_values(octets) / values_for_one;
        is_over_ = price >= *values_;
        *values_ -= is_over_ ? *values_ : price;
    }
    if (is_over_)
        throw std::runtime_error{"too much"};
    left_ -= octets.size();
}
}

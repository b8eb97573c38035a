// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string_view>

namespace filters::content {
/// While it lives, all that streams of PDFs unpack to on this thread is counted, at every stage of
/// their filters; beyond the limit unpacking ends with an exception. Of several the latest counts.
/// Filters of PDF that nobody uses for objects and files (LZW, run lengths, TIFF's predictor) are
/// not unpacked while one has been made.
class UnpackLimit {
public:
    /// `values`: how many more may stand in it, for those of whom qpdf makes objects.
    explicit UnpackLimit(std::size_t octets, std::size_t* values = nullptr);
    ~UnpackLimit();
    UnpackLimit(const UnpackLimit&) = delete;
    UnpackLimit& operator=(const UnpackLimit&) = delete;

    void take(std::string_view octets);
    /// The values alone, of octets that no filter gave.
    void take_values(std::string_view octets);
    /// There is a stream that could not be unpacked for its filter or its parameters.
    void refuse() { has_refused_ = true; }
    bool has_refused() const { return has_refused_; }
    /// On this thread; nullptr: there is none.
    static UnpackLimit* latest();
    std::size_t left() const { return left_; }
    bool is_over() const { return is_over_; }

private:
    std::size_t left_;
    std::size_t* values_;
    std::size_t values_unpaid_ = 0;
    bool is_over_ = false, has_refused_ = false;
    UnpackLimit* before_;
};
}

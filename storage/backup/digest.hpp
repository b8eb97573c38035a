// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace storage::backup {
/// SHA-256 of what is added, piece by piece.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    void add(std::string_view bytes);
    /// 64 hexadecimal digits; once.
    std::string take();

private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string hexadecimal(std::string_view bytes);
/// Empty for what is none.
std::string from_hexadecimal(std::string_view digits);
}

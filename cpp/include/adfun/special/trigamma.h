#pragma once
#include "adfun/special/gamma_family.h"
ADFUN_SPECIAL(trigamma)

#pragma once
#include "adfun/special/error_family.h"
ADFUN_SPECIAL(ndtr)

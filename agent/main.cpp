// The process: hands its arguments to the application and returns its exit status.
#include "agent/app/app.h"

int main(int argc, char** argv) { return trialflag::app::run(argc, argv); }

"""What does a small network that was trained to find faces see?

`network` is P-Net of MTCNN (Zhang, Zhang, Li and Qiao 2016) with its published weights: five layers that see 12 pixels.
`running` runs it on photos of any size without compiling anew, `proposals` says where it finds a face, and `reducing`
makes a photo small enough for a face to fit into what it sees.
"""

from convdemo.small_network.network import FIELD, JUMP, LAYERS, STAGES, WEIGHTS, FaceNetwork, load_small_network
from convdemo.small_network.proposals import Proposal, face_map, proposals, strongest
from convdemo.small_network.reducing import HEIGHTS, MOST_PIXELS, PYRAMID, heights_of, reduce_to_height
from convdemo.small_network.running import Step, run_network, take_apart

__all__ = [
    "FIELD",
    "HEIGHTS",
    "JUMP",
    "LAYERS",
    "MOST_PIXELS",
    "PYRAMID",
    "STAGES",
    "WEIGHTS",
    "FaceNetwork",
    "Proposal",
    "Step",
    "face_map",
    "heights_of",
    "load_small_network",
    "proposals",
    "reduce_to_height",
    "run_network",
    "strongest",
    "take_apart",
]
